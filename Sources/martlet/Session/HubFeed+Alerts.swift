import Dashboard
import Fleet
import Foundation
import HubClient

/// What the screen asks about alerts, and the boards that it follows.
extension HubFeed {
    /// The board, at first and at each change; of a hub that keeps no alerts there is none.
    func followAlerts(_ client: HubClient, _ generation: Int) async throws {
        do {
            try await client.liveAlerts { self.push(alerts: .board($0)) }
        } catch HubClientError.refused {
            return learnThatThereAreNo(.alerts)
        }
        throw HubClientError.closed(client.socketPath)
    }

    /// Asks, and tells what came of it.
    func ask(_ request: AlertRequest) {
        Task {
            do {
                push(alerts: try await answer(request, try await hub.connect()))
            } catch HubClientError.refused(_, let reason) {
                push(alerts: .refused(request, reason: reason))
            } catch {
                push(alerts: .refused(request, reason: "\(error)"))
            }
        }
    }

    private func answer(_ request: AlertRequest, _ client: HubClient) async throws -> AlertNews {
        let by = AlertCall.actor(named: nil)
        switch request {
        case .acknowledge(let ids, let note):
            var taken: [Alert] = []
            for id in ids {
                do {
                    taken.append(
                        try await client.acknowledge(AcknowledgeRequest(id: id, note: note, by: by)))
                } catch HubClientError.refused(status: 404, _) where ids.count > 1 {
                    continue
                }
            }
            return .taken(taken, ofAsked: ids.count, by: by)
        case .silence(let selector, let milliseconds, let note):
            let answer = try await client.silence(
                SilenceRequest(selector: selector, milliseconds: milliseconds, note: note, by: by))
            let id = answer.silence?.id ?? ""
            return .done(
                "silence \(id) hides \(answer.hides.count) now; martlet silence expire \(id) ends it")
        case .preview(let selector):
            let answer = try await client.silence(
                SilenceRequest(selector: selector, milliseconds: 3_600_000, by: by, isPreview: true))
            return .hides(selector: selector, answer.hides)
        case .note(let text, let place):
            _ = try await client.note(NoteRequest(text: text, place: place, by: by))
            return .done("noted")
        case .chart(let id, let span):
            return .chart(try await client.chart(of: id, spanMilliseconds: span))
        }
    }
}
