import Foundation
import TestSupport

/// What a full-screen program costs on a 160x48 terminal: CPU and bytes a refresh, key to repaint.
struct DashboardBench {
    let martlet: String
    let windowSeconds: Double

    static let size: (columns: UInt16, rows: UInt16) = (160, 48)
    private static let windows = 3
    private static let presses = 300
    /// nmon answers at its next second only.
    private static let peerPresses = 60
    /// Until the agent's helpers and slow tiers have had their first round.
    private static let settleSeconds = 8.0

    func rows() throws -> [Row] {
        var rows = try oursAlone()
        for peer in ScreenPeer.installed { rows += try alone(peer) }
        rows += try Crowd.fill(to: 590) { try amongMany($0) }
        return rows
    }

    // MARK: On this machine as it is

    private func oursAlone() throws -> [Row] {
        let world = try ScreenWorld()
        let child = try world.start([martlet])
        _ = child.read(seconds: Self.settleSeconds)
        let host = refresh(child)
        var rows = [
            Row("CPU per 1 s refresh, Host 160x48", "martlet, the dashboard", "ms", host.own, goal: 2.5),
            Row("CPU per 1 s refresh, Host 160x48", "martlet with hub and agent", "ms", host.all, goal: 6),
            Row("bytes per refresh, Host 160x48", "martlet", "B", host.bytes, goal: 2000),
        ]
        rows += keys(child, who: "martlet", down: "j", up: "k", goal: 5)
        child.write("1")
        _ = child.read(seconds: 3)
        let fleet = refresh(child)
        rows += [
            Row("CPU per 1 s refresh, Fleet 160x48, one host", "martlet, the dashboard", "ms", fleet.own),
            Row("bytes per refresh, Fleet 160x48, one host", "martlet", "B", fleet.bytes, goal: 600),
        ]
        return rows
    }

    private func alone(_ peer: ScreenPeer) throws -> [Row] {
        let world = try ScreenWorld()
        let child = try world.start(peer)
        _ = child.read(seconds: Self.settleSeconds)
        let cost = refresh(child)
        return [
            Row("CPU per 1 s refresh, Host 160x48", peer.name, "ms", cost.all),
            Row("bytes per refresh, Host 160x48", peer.name, "B", cost.bytes),
        ] + keys(child, who: peer.name, down: peer.down, up: peer.up, goal: nil)
    }

    // MARK: On a machine with many processes

    /// htop first, because its figure is our goal.
    private func amongMany(_ count: Int) throws -> [Row] {
        let what = "CPU per 1 s refresh, Host 160x48, \(count) processes"
        var rows: [Row] = []
        var goal: Double?
        for peer in ScreenPeer.installed {
            let world = try ScreenWorld()
            let child = try world.start(peer)
            _ = child.read(seconds: Self.settleSeconds)
            let cost = refresh(child).all
            if peer.name == "htop" { goal = cost }
            rows.append(Row(what, peer.name, "ms", cost))
        }
        let world = try ScreenWorld()
        let child = try world.start([martlet])
        _ = child.read(seconds: Self.settleSeconds)
        let cost = refresh(child)
        rows.insert(Row(what, "martlet, the dashboard", "ms", cost.own), at: 0)
        rows.insert(Row(what, "martlet with hub and agent", "ms", cost.all, goal: goal ?? 33), at: 0)
        return rows
    }

    // MARK: How

    /// CPU milliseconds of the program itself and of all that it started, and bytes to the terminal: of one second, as
    /// medians of the windows.
    private func refresh(_ child: Child) -> (own: Double, all: Double, bytes: Double) {
        let windows = (0..<Self.windows).map { _ in
            let own = ProcessTree.cpuNanoseconds(of: [child.pid])
            let all = child.cpuNanoseconds
            let began = Child.now()
            let bytes = child.read(seconds: windowSeconds).reduce(0) { $0 + $1.bytes.count }
            let seconds = Double(Child.now() - began) / 1e9
            return (
                own: Double(ProcessTree.cpuNanoseconds(of: [child.pid]) - own) / 1e6 / seconds,
                all: Double(child.cpuNanoseconds - all) / 1e6 / seconds, bytes: Double(bytes) / seconds
            )
        }
        return (median(windows.map(\.own)), median(windows.map(\.all)), median(windows.map(\.bytes)))
    }

    private func keys(_ child: Child, who: String, down: String, up: String, goal: Double?) -> [Row] {
        var latencies: [Double] = []
        for press in 0..<(goal == nil ? Self.peerPresses : Self.presses) {
            _ = child.read(seconds: 0.03 + 0.007 * Double(press % 7))
            let pressed = Child.now()
            child.write(press % 20 < 10 ? down : up)
            let answer = child.read(seconds: 1.5) { !$0.isEmpty }
            if let first = answer.first { latencies.append(Double(first.nanoseconds - pressed) / 1e6) }
        }
        return [
            Row("key to repaint while data streams, median", who, "ms", median(latencies)),
            Row("key to repaint while data streams, p99", who, "ms", quantile(latencies, 0.99), goal: goal),
        ]
    }
}
