import Telemetry

/// Of which times hosts have told late, by the hub's clock: no rule looked at them when they came, and once all of a host's is
/// there they are looked back on.
struct LateSpans {
    /// A time of which a host told late.
    struct Span {
        private(set) var from: Timestamp
        private(set) var to: Timestamp
        /// When the last of it came, by a clock that nobody sets.
        fileprivate var heardAt: Int64

        fileprivate mutating func widen(_ other: Span) {
            from = min(from, other.from)
            to = max(to, other.to)
            heardAt = max(heardAt, other.heardAt)
        }
    }

    private var hosts: [HostID: Span] = [:]
    /// Of all hosts, for the rules about services, which several hosts tell of.
    private var together: Span?

    /// After so long without more of it, what came is taken for all.
    private static let settleMilliseconds: Int64 = 5000

    mutating func note(_ host: HostID, from: Timestamp, to: Timestamp, at now: Int64) {
        let span = Span(from: from, to: to, heardAt: now)
        hosts[host, default: span].widen(span)
        if together == nil { together = span }
        together?.widen(span)
    }

    /// The next host whose late data is there; one that `isAnswering` has more to tell.
    mutating func nextHost(at now: Int64, isAnswering: (HostID) -> Bool) -> (HostID, Span)? {
        guard !hosts.isEmpty else { return nil }
        let settled = hosts.filter {
            now - $0.value.heardAt >= Self.settleMilliseconds && !isAnswering($0.key)
        }
        guard
            let found = settled.min(by: {
                ($0.value.heardAt, $0.key.name) < ($1.value.heardAt, $1.key.name)
            })
        else { return nil }
        hosts[found.key] = nil
        return (found.key, found.value)
    }

    /// What all hosts told late, once that of each has been looked at.
    mutating func nextTogether() -> Span? {
        guard hosts.isEmpty else { return nil }
        defer { together = nil }
        return together
    }
}
