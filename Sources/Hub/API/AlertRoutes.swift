import Archive
import Fleet
import Foundation
import Hummingbird
import NIOCore
import Telemetry

/// The routes of alerts, silences and notes.
extension HubRoutes {
    var alertRoutes: [HubRoute] {
        [
            HubRoute(method: .get, path: "/v1/alerts", scope: .read) { _, _ in
                let alerts = try alerts()
                await alerts.refresh()
                return try Self.json(await alerts.board())
            },
            HubRoute(method: .get, path: "/v1/alerts/live", scope: .read, respond: liveAlerts),
            HubRoute(method: .get, path: "/v1/alerts/events", scope: .read, respond: alertEvents),
            HubRoute(method: .get, path: "/v1/alerts/chart", scope: .read, respond: alertChart),
            HubRoute(method: .post, path: "/v1/alerts/ack", scope: .write) { request, context in
                let asked: AcknowledgeRequest = try await Self.body(request)
                return try await refusing {
                    try Self.json(
                        try await alerts().acknowledge(
                            asked.id, by: asked.by, uid: context.peer, note: asked.note))
                }
            },
            HubRoute(method: .post, path: "/v1/alerts/test", scope: .write) { request, _ in
                let asked: HookTestRequest = try await Self.body(request)
                return try await refusing { try Self.json(try await alerts().test(asked.name)) }
            },
            HubRoute(method: .post, path: "/v1/silences", scope: .write, respond: postSilence),
            HubRoute(method: .post, path: "/v1/silences/expire", scope: .write) { request, context in
                let asked: ExpireRequest = try await Self.body(request)
                return try await refusing {
                    try Self.json(try await alerts().expire(asked.id, by: asked.by, uid: context.peer))
                }
            },
            HubRoute(method: .post, path: "/v1/notes", scope: .write) { request, context in
                let asked: NoteRequest = try await Self.body(request)
                return try await refusing {
                    let event = try await alerts().addNote(
                        asked.text, at: asked.place, by: asked.by, uid: context.peer,
                        hosts: await core.attributes())
                    await mark(event)
                    return try Self.json(event)
                }
            },
        ]
    }

    private func alerts() throws -> Notifier {
        guard let notifier else { throw HTTPError(.serviceUnavailable, message: "this hub keeps no alerts") }
        return notifier
    }

    @Sendable private func postSilence(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        let asked: SilenceRequest = try await Self.body(request)
        return try await refusing {
            let hosts = await core.attributes()
            if asked.isPreview {
                let hides = try await alerts().preview(asked.selector, hosts: hosts)
                return try Self.json(SilenceAnswer(silence: nil, hides: hides))
            }
            let (silence, hides) = try await alerts().silence(
                asked.selector, milliseconds: asked.milliseconds, by: asked.by, uid: context.peer,
                note: asked.note,
                hosts: hosts)
            return try Self.json(SilenceAnswer(silence: silence, hides: hides))
        }
    }

    @Sendable private func alertEvents(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        let (from, to) = try Self.span(request)
        return try Self.json(try await alerts().events(from: from, to: to))
    }

    /// `id` of an open alert; `span` milliseconds back from now, fifteen minutes where it is missing.
    @Sendable private func alertChart(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        let query = request.uri.queryParameters
        guard let id = query["id"].map(String.init) else {
            throw HTTPError(.badRequest, message: "id is missing")
        }
        guard let span = Int64(query["span"] ?? "900000"), AlertChart.spanRange.contains(span) else {
            let range = AlertChart.spanRange
            throw HTTPError(
                .badRequest, message: "span must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        guard let chart = await core.chart(of: id, span: span, to: Clock.now()) else {
            throw HTTPError(.notFound, message: PeopleError.unknownAlert(id).description)
        }
        return try Self.json(chart)
    }

    /// Server-sent events: one `alerts` event with the whole board at first and at each change.
    @Sendable private func liveAlerts(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        tell("alerts", try await alerts().feed(), to: request)
    }

    /// What people ask for that cannot be is theirs to mend.
    private func refusing(_ body: () async throws -> Response) async throws -> Response {
        do {
            return try await body()
        } catch let error as PeopleError {
            let status: HTTPResponse.Status
            switch error {
            case .unknownAlert, .unknownSilence, .unknownTest, .untoldTest: status = .notFound
            case .ambiguous, .selector, .tooMany, .length, .longNote, .emptyNote: status = .badRequest
            }
            throw HTTPError(status, message: error.description)
        } catch let error as JournalError {
            throw HTTPError(.serviceUnavailable, message: error.description)
        }
    }
}
