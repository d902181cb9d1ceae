package import Fleet
import Foundation
import NIOHTTP1
package import Telemetry

/// Calls about alerts, silences and notes.
extension HubClient {
    /// A hook may take its whole time, and its processes theirs to end.
    private static let testSeconds = 600

    package func alerts() async throws -> AlertBoard {
        try await get("/v1/alerts")
    }

    /// The board, at first and at each change.
    package func liveAlerts(_ take: @Sendable (AlertBoard) async -> Void) async throws {
        var events = EventLines()
        try await request(.GET, "/v1/alerts/live", body: nil) { bytes in
            for data in events.data(in: bytes) {
                if let board = try? JSONDecoder().decode(AlertBoard.self, from: data) { await take(board) }
            }
        }
    }

    package func alertEvents(from: Timestamp, to: Timestamp) async throws -> [AlertEvent] {
        try await get("/v1/alerts/events?from=\(from.milliseconds)&to=\(to.milliseconds)")
    }

    /// What an open alert's condition looked at, back from now.
    package func chart(of id: String, spanMilliseconds: Int64) async throws -> AlertChart {
        let id = id.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        return try await get("/v1/alerts/chart?id=\(id)&span=\(spanMilliseconds)")
    }

    package func acknowledge(_ request: AcknowledgeRequest) async throws -> Alert {
        try await post("/v1/alerts/ack", request)
    }

    package func silence(_ request: SilenceRequest) async throws -> SilenceAnswer {
        try await post("/v1/silences", request)
    }

    package func expire(_ request: ExpireRequest) async throws -> Silence {
        try await post("/v1/silences/expire", request)
    }

    package func note(_ request: NoteRequest) async throws -> AlertEvent {
        try await post("/v1/notes", request)
    }

    package func testHooks(_ request: HookTestRequest) async throws -> [HookReport] {
        try await post("/v1/alerts/test", request, withinSeconds: Self.testSeconds)
    }
}
