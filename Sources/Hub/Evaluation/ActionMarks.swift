/// The hosts on which actions or steps of rollouts run, or ran until a minute ago: what they disturb is marked there.
struct ActionMarks {
    /// By host and action, until when it is marked.
    private var ends: [String: [String: Int64]] = [:]

    private static let actionMilliseconds: Int64 = 60_000
    private static let dayMilliseconds: Int64 = 86_400_000

    /// One that runs can run for `atMost` so long: of a host that died under it no end is ever heard, and that must be told.
    mutating func set(_ id: String, isRunning: Bool, on host: String, at now: Int64, atMost longest: Int64?) {
        guard isRunning || ends[host]?[id] != nil else { return }
        let rest = isRunning ? min(max(0, longest ?? .max), Self.dayMilliseconds) : 0
        ends[host, default: [:]][id] = now + rest + Self.actionMilliseconds
    }

    mutating func hosts(at now: Int64) -> Set<String> {
        guard !ends.isEmpty else { return [] }
        for host in Array(ends.keys) {
            ends[host] = ends[host]?.filter { $0.value > now }
            if ends[host]?.isEmpty == true { ends[host] = nil }
        }
        return Set(ends.keys)
    }
}
