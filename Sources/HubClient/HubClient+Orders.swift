package import Fleet
import Foundation
import NIOHTTP1
import Telemetry

extension HubClient {
    /// What hosts let others start; of all hosts for an empty list.
    package func actions(_ hosts: [String] = []) async throws -> [ActionListing] {
        try await get("/v1/actions" + Self.query("host", hosts))
    }

    /// Orders an action; what the hub says of each host at once.
    package func order(_ request: OrderRequest) async throws -> [OrderRun] {
        try await post("/v1/orders", request)
    }

    /// Asks hosts to end what these orders started; the orders as they stand at once.
    package func cancel(_ request: CancelRequest) async throws -> [OrderRun] {
        try await post("/v1/orders/cancel", request)
    }

    /// Orders as they stand; the newest of all for an empty list.
    package func orders(_ ids: [String] = []) async throws -> [OrderRun] {
        try await get("/v1/orders" + Self.query("id", ids))
    }

    /// States and output of orders, what is kept of them first; returns when all of them have ended.
    package func follow(orders ids: [String], _ take: @Sendable (OrderUpdate) async -> Void) async throws {
        var events = EventLines()
        try await request(.GET, "/v1/orders/live" + Self.query("id", ids), body: nil) { bytes in
            for data in events.data(in: bytes) {
                if let run = try? JSONDecoder().decode(OrderRun.self, from: data) {
                    await take(.run(run))
                } else if let part = try? JSONDecoder().decode(OutputEvent.self, from: data) {
                    await take(
                        .output(
                            id: part.id, offset: part.offset,
                            bytes: Array(Data(base64Encoded: part.bytes) ?? Data())))
                }
            }
        }
    }

    /// The audit's records from a moment on, in milliseconds since 1970, and what is wrong with their chain.
    package func audit(since: Int64) async throws -> (records: [AuditRecord], fault: String?) {
        struct Answer: Decodable {
            let records: [AuditRecord]
            let fault: String?
        }
        let answer: Answer = try await get("/v1/audit?since=\(since)")
        return (answer.records, answer.fault)
    }

    private static func query(_ name: String, _ values: [String]) -> String {
        let words = values.map {
            "\(name)=" + ($0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
        }
        return words.isEmpty ? "" : "?" + words.joined(separator: "&")
    }

    private struct OutputEvent: Decodable {
        let id: String
        let offset: UInt64
        let bytes: String
    }
}
