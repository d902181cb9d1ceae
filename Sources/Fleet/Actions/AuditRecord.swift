/// One line of the hub's audit: who asked for what, where, and what became of it. Each has the digest of the one before, so
/// that what is changed, taken out or put elsewhere afterwards is found.
package struct AuditRecord: Codable, Hashable, Sendable {
    /// From 1.
    package var number: UInt64
    /// Milliseconds since 1970, by the hub's clock.
    package var time: Int64
    /// `hub`, `ordered`, `offered`, `accepted`, `started`, `cancelled`, `ended` …
    package var event: String
    /// The order as it stood then.
    package var order: OrderRun?
    package var text: String
    /// SHA-256 of the record before, in hexadecimal; empty for the first.
    package var previous: String
    /// SHA-256 of this record with an empty digest, as JSON with its keys in order.
    package var digest: String

    package init(
        number: UInt64, time: Int64, event: String, order: OrderRun? = nil, text: String = "",
        previous: String, digest: String = ""
    ) {
        self.number = number
        self.time = time
        self.event = event
        self.order = order
        self.text = text
        self.previous = previous
        self.digest = digest
    }
}

extension AuditRecord {
    /// How a record of `cancelled` says who asked, a line each: `as=anna`, `uid=7`.
    package static func words(of actor: [String: String]) -> String {
        actor.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: "\n")
    }

    /// Who asked for what it tells: for a cancelling the one who cancelled, else who ordered.
    package var asker: [String: String] {
        guard event == "cancelled" else { return order?.actor ?? [:] }
        var actor: [String: String] = [:]
        for word in text.split(separator: "\n") {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { actor[String(parts[0])] = String(parts[1]) }
        }
        return actor
    }
}
