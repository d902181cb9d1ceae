import Foundation

/// What was asked to be measured.
struct BenchPlan {
    enum Part: String, CaseIterable {
        case wire, tick, agent, logs, tail, actions, rules, late, alerts, dashboard, start, ssh, orders, fleet
    }

    /// Where martlet and martlet-agent are.
    private(set) var folder = "bin"
    /// Length of one window of a measurement.
    private(set) var windowSeconds = 10.0
    private var parts: Set<Part> = []

    init(_ words: some Sequence<String>) throws {
        var words = words.makeIterator()
        while let word = words.next() {
            if word == "--programs", let path = words.next() {
                folder = path
            } else if word == "--seconds", let seconds = words.next().flatMap({ Double($0) }), seconds >= 1 {
                windowSeconds = seconds
            } else if let part = Part(rawValue: word) {
                parts.insert(part)
            } else {
                let names = Part.allCases.map { "[\($0.rawValue)]" }.joined(separator: " ")
                throw BenchError(
                    "\(word) is not understood; usage: martlet-bench [--programs FOLDER] [--seconds N] \(names)"
                )
            }
        }
    }

    var isWhole: Bool { parts.isEmpty || parts.count == Part.allCases.count }

    /// A part that fails is told of and keeps no other from being measured.
    func rows() -> (rows: [Row], failed: [Part]) {
        var rows: [Row] = []
        var failed: [Part] = []
        for part in Part.allCases where parts.isEmpty || parts.contains(part) {
            FileHandle.standardError.write(Data("martlet-bench: \(part.rawValue)\n".utf8))
            do {
                rows += try measure(part)
            } catch {
                failed.append(part)
                FileHandle.standardError.write(Data("martlet-bench: \(part.rawValue): \(error)\n".utf8))
            }
        }
        return (rows, failed)
    }

    private func measure(_ part: Part) throws -> [Row] {
        switch part {
        case .wire: WireBench().rows() + ReplayBench().rows()
        case .tick: WarmTickBench().rows()
        case .agent: try AgentBench(agent: "\(folder)/martlet-agent", windowSeconds: windowSeconds).rows()
        case .logs: try LogsBench(agent: "\(folder)/martlet-agent").rows()
        case .tail: try TailBench(agent: "\(folder)/martlet-agent", windowSeconds: windowSeconds).rows()
        case .actions: try ActionBench(agent: "\(folder)/martlet-agent").rows()
        case .alerts: try AlertLatencyBench(programs: folder).rows()
        case .rules: try AlertCostBench().rows()
        case .late: try LookBackBench().rows()
        case .dashboard: try DashboardBench(martlet: "\(folder)/martlet", windowSeconds: windowSeconds).rows()
        case .start: try StartBench(martlet: "\(folder)/martlet").rows()
        case .ssh: try SSHBench(martlet: "\(folder)/martlet", agent: "\(folder)/martlet-agent").rows()
        case .orders: try OrderBench(martlet: "\(folder)/martlet", agent: "\(folder)/martlet-agent").rows()
        case .fleet: FleetBench().rows() + DeploysBench().rows()
        }
    }
}
