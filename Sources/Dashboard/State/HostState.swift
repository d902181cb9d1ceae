package import Fleet
package import Telemetry

/// What the dashboard knows of one host in the window that it shows.
package struct HostState: Sendable {
    package let id: HostID
    /// How the hub stands with it; nil before the hub's list named it.
    package internal(set) var summary: HostSummary?
    package internal(set) var facts: HostFacts?
    /// The last process table that came.
    package internal(set) var table: ProcessTable?
    /// The time of the last values.
    package internal(set) var lastTime: Timestamp?
    /// When it was last heard of: the list says that when a state changes, values say it since.
    package var lastSeen: Timestamp? {
        let listed = summary?.lastFrame.map(Timestamp.init(milliseconds:))
        guard let lastTime, let listed else { return lastTime ?? listed }
        return max(lastTime, listed)
    }
    private var places: [SignalKey: Int] = [:]
    private var histories: [SignalHistory] = []
    /// Signals by name, in the order in which they were defined; what a panel lists.
    private var keys: [String: [SignalKey]] = [:]

    package init(_ id: HostID) {
        self.id = id
    }

    /// The history of a signal; nil where the host has none of this name and labels.
    package func history(_ key: SignalKey) -> SignalHistory? {
        places[key].map { histories[$0] }
    }

    /// The history of a signal of the host as a whole.
    package func history(_ name: String) -> SignalHistory? {
        history(SignalKey(name))
    }

    /// The value of a signal at a time, at most three steps older; NaN where there is none.
    package func value(_ name: String, _ labels: Labels = [:], at time: Timestamp) -> Double {
        history(SignalKey(name, labels))?.latest(at: time) ?? .nan
    }

    /// The things that have a signal of this name, as the values of its one label: `subjects(of: "disk.used")` are mounts.
    package func subjects(of name: String) -> [String] {
        (keys[name] ?? []).compactMap { $0.labels.pairs.first?.value }
    }

    /// The labels of all signals of this name.
    package func labels(of name: String) -> [Labels] { (keys[name] ?? []).map(\.labels) }

    mutating func place(of key: SignalKey, stepMilliseconds: Int64, capacity: Int) -> Int {
        if let place = places[key] { return place }
        let place = histories.count
        histories.append(SignalHistory(stepMilliseconds: stepMilliseconds, capacity: capacity))
        places[key] = place
        keys[key.name, default: []].append(key)
        return place
    }

    mutating func append(_ place: Int, _ time: Timestamp, _ value: Double) {
        histories[place].append(time, value)
        if lastTime.map({ $0 < time }) ?? true { lastTime = time }
    }
}

extension HostState {
    /// Empty before the agent said it.
    var agentVersion: String { summary?.agentVersion ?? "" }
}
