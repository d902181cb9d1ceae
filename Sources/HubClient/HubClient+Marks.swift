package import Fleet
import Foundation
import NIOHTTP1
package import Telemetry

/// Calls about marks on charts.
extension HubClient {
    package func mark(_ request: MarkRequest) async throws -> Mark {
        let body = try JSONEncoder().encode(request)
        return try JSONDecoder().decode(Mark.self, from: try await call(.POST, "/v1/marks", body: body))
    }

    package func marks(from: Timestamp, to: Timestamp) async throws -> [Mark] {
        let path = "/v1/marks?from=\(from.milliseconds)&to=\(to.milliseconds)"
        return try JSONDecoder().decode([Mark].self, from: try await call(.GET, path))
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
