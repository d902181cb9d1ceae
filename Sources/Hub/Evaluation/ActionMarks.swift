/// The hosts on which actions or steps of rollouts run, or ran until a minute ago: what they disturb is marked there.
struct ActionMarks {
    private var running: [String: Set<String>] = [:]
    private var marked: [String: Int64] = [:]

    private static let actionMilliseconds: Int64 = 60_000
    private static let dayMilliseconds: Int64 = 86_400_000

    mutating func set(_ id: String, isRunning: Bool, on host: String, at now: Int64) {
        guard isRunning || running[host]?.contains(id) == true else { return }
        if isRunning {
            running[host, default: []].insert(id)
        } else {
            running[host]?.remove(id)
            if running[host]?.isEmpty == true { running[host] = nil }
        }
        // One of which no end is heard is marked for a day.
        marked[host] = now + (running[host] == nil ? Self.actionMilliseconds : Self.dayMilliseconds)
    }

    mutating func hosts(at now: Int64) -> Set<String> {
        guard !marked.isEmpty else { return [] }
        marked = marked.filter { $0.value > now }
        return Set(marked.keys)
    }
}
