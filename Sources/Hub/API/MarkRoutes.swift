import Archive
import Fleet
import Foundation
import Glibc
import Hummingbird
import Telemetry

/// The routes of marks on charts.
extension HubRoutes {
    var markRoutes: [HubRoute] {
        [
            HubRoute(method: .get, path: "/v1/marks", scope: .read) { request, _ in
                let (from, to) = try Self.span(request)
                do {
                    return try Self.json(try await book().marks(from: from, to: to))
                } catch let error as JournalError {
                    throw HTTPError(.serviceUnavailable, message: "\(error)")
                }
            },
            HubRoute(method: .get, path: "/v1/marks/live", scope: .read, respond: liveMarks),
            HubRoute(method: .post, path: "/v1/marks", scope: .write, respond: postMark),
        ]
    }

    private func book() throws -> MarkBook {
        guard let marks else { throw HTTPError(.serviceUnavailable, message: "this hub keeps no marks") }
        return marks
    }

    /// Server-sent events: one `marks` event with the newest marks at first and at each change.
    @Sendable private func liveMarks(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        tell("marks", try await book().feed(), to: request)
    }

    @Sendable private func postMark(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        let asked: MarkRequest = try await Self.body(request)
        do {
            let hosts = try await hosts(of: asked)
            return try Self.json(
                try await book().add(
                    Mark(
                        at: asked.at ?? Clock.now(), kind: asked.kind, title: asked.title,
                        service: asked.service, hosts: hosts, group: asked.group, actor: asked.by,
                        link: asked.link)))
        } catch let error as MarkError {
            let status: HTTPResponse.Status
            switch error {
            case .unknownHost: status = .notFound
            case .noTitle, .tooLong, .tooManyHosts, .time, .selector: status = .badRequest
            case .journal: status = .serviceUnavailable
            }
            throw HTTPError(status, message: error.description)
        }
    }

    /// A note stands on the charts of the hosts that its place selects, on all of them where it is no selector.
    func mark(_ note: AlertEvent) async {
        let selector = try? Selector(note.subject)
        let hosts = selector.map { selector in
            { await core.attributes().filter { selector.matches($0) }.map(\.name) }
        }
        // The note itself is kept; a mark that is not is no reason to say that it is not.
        _ = try? await marks?.add(
            Mark(
                at: note.at, kind: .note, title: Self.title(note.text), hosts: await hosts?() ?? [],
                group: note.subject, actor: note.by))
    }

    /// What of a text a mark has room for.
    static func title(_ text: String) -> String {
        var title = text.prefix(MarkBook.titleBytesMax)
        while title.utf8.count > MarkBook.titleBytesMax { title.removeLast() }
        return String(title)
    }

    /// By name, each once: those that were named and those that the selector takes now.
    private func hosts(of asked: MarkRequest) async throws -> [String] {
        for name in asked.hosts where await !core.knows(HostID(name)) { throw MarkError.unknownHost(name) }
        var hosts = asked.hosts
        if !asked.group.isEmpty {
            let known = await core.attributes()
            let selector: Selector
            do {
                selector = try Selector(asked.group)
            } catch {
                throw MarkError.selector(asked.group, "\(error)")
            }
            if let unknown = selector.firstUnknown(among: known) {
                throw MarkError.selector(asked.group, "\(unknown)")
            }
            hosts += known.filter { selector.matches($0) }.map(\.name)
            guard !hosts.isEmpty else { throw MarkError.selector(asked.group, "takes no host") }
        }
        var seen: Set<String> = []
        return hosts.filter { seen.insert($0).inserted }
    }
}
