/// The hosts on which actions or steps of rollouts run, or ran until a minute ago: what they disturb is marked there.
struct ActionMarks {
    private struct Work {
        let name: String
        /// Until when it can run; now where it has ended.
        let end: Int64
    }

    /// By host and id.
    private var works: [String: [String: Work]] = [:]

    private static let actionMilliseconds: Int64 = 60_000
    private static let dayMilliseconds: Int64 = 86_400_000

    /// One that runs can run for `atMost` so long: of a host that died under it no end is ever heard, and that must be told.
    mutating func set(
        _ id: String, named name: String, isRunning: Bool, on host: String, at now: Int64,
        atMost longest: Int64?
    ) {
        guard isRunning || works[host]?[id] != nil else { return }
        let rest = isRunning ? min(max(0, longest ?? .max), Self.dayMilliseconds) : 0
        works[host, default: [:]][id] = Work(name: name, end: now + rest)
    }

    mutating func hosts(at now: Int64) -> Set<String> {
        guard !works.isEmpty else { return [] }
        for host in Array(works.keys) {
            works[host] = works[host]?.filter { $0.value.end + Self.actionMilliseconds > now }
            if works[host]?.isEmpty == true { works[host] = nil }
        }
        return Set(works.keys)
    }

    /// The names of what runs on a host now; nil for nothing.
    func running(on host: String, at now: Int64) -> [String]? {
        guard let works = works[host] else { return nil }
        let names = Set(works.values.filter { $0.end > now }.map(\.name)).sorted()
        return names.isEmpty ? nil : names
    }
}
