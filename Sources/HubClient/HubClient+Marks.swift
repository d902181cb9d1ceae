package import Fleet
import Foundation
import NIOHTTP1
package import Telemetry

/// Calls about marks on charts.
extension HubClient {
    package func mark(_ request: MarkRequest) async throws -> Mark {
        try await post("/v1/marks", request)
    }

    package func marks(from: Timestamp, to: Timestamp) async throws -> [Mark] {
        try await get("/v1/marks?from=\(from.milliseconds)&to=\(to.milliseconds)")
    }

    /// The newest marks, at first and at each change.
    package func liveMarks(_ take: @Sendable ([Mark]) async -> Void) async throws {
        var events = EventLines()
        try await request(.GET, "/v1/marks/live", body: nil) { bytes in
            for data in events.data(in: bytes) {
                if let marks = try? JSONDecoder().decode([Mark].self, from: data) { await take(marks) }
            }
        }
    }
}
