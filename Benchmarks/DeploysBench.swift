import Canvas
import Dashboard
import Fleet
import Telemetry
import TestSupport

/// A rollout over a thousand hosts on the Deploys screen at 200x60, opened, without a terminal: a frame, a list that the hub
/// sends beside twenty that have ended, a move of the cursor.
struct DeploysBench {
    private static let hostCount = 1000
    private static let endedCount = 20
    private static let runs = 200

    func rows() -> [Row] {
        let fleet = FixtureFleet(Self.hostCount)
        var now = FixtureHost.noon
        var dashboard = Dashboard(
            Dashboard.Options(screen: .deploys, usesUTC: true), width: 200, height: 60, now: now)
        _ = dashboard.start()
        _ = dashboard.update(.hub(fleet.history(seconds: 3600, ending: now)), at: now)
        let ended = (0..<Self.endedCount).map { self.ended(fleet, $0, now) }
        _ = dashboard.update(.rollouts(.list(ended + [rollout(fleet, done: 100, now)])), at: now)
        _ = dashboard.update(key(.enter), at: now)
        var frame = CellBuffer(width: 200, height: 60)
        dashboard.draw(on: &frame)
        var taken: [Double] = []
        var drawn: [Double] = []
        for second in 0..<60 {
            now = now.advanced(byMilliseconds: 1000)
            let list = ended + [rollout(fleet, done: 100 + second, now)]
            taken.append(milliseconds { _ = dashboard.update(.rollouts(.list(list)), at: now) })
            drawn.append(milliseconds { dashboard.draw(on: &frame) })
        }
        let moved = (0..<Self.runs).map { run in
            milliseconds {
                _ = dashboard.update(key(run % 100 < 50 ? .pageDown : .up), at: now)
                dashboard.draw(on: &frame)
            }
        }
        // The list of all of them, without one that is opened.
        _ = dashboard.update(key(.escape), at: now)
        let listed = (0..<60).map { _ in milliseconds { dashboard.draw(on: &frame) } }
        return [
            Row(
                "Deploys, 21 rollouts of 1,000 hosts, frame built", "dashboard", "ms", median(listed), goal: 3
            ),
            Row("Deploys, 1,000 hosts, frame built", "dashboard", "ms", median(drawn), goal: 3),
            Row(
                "Deploys, 1,000 hosts, scroll with frame, p99", "dashboard", "ms", quantile(moved, 0.99),
                goal: 16),
            Row("Deploys, 1,000 hosts, a change of the rollout taken in", "dashboard", "ms", median(taken)),
        ]
    }

    private func rollout(_ fleet: FixtureFleet, done: Int, _ now: Timestamp) -> RolloutView {
        let names = fleet.hosts.map(\.name)
        let batches = BatchStep.batches(of: names, [.hosts(1), .percent(10), .percent(50), .all])
        var view = RolloutView(
            id: "4f2a9c0011223344", name: "web", about: "", action: "deploy-web",
            parameters: ["version": "4.12.1"],
            actor: "marta", reason: "", createdAt: now.milliseconds - 600_000, state: .running,
            batches: batches)
        view.batch = 2
        for (batch, hosts) in batches.enumerated() {
            for host in hosts {
                let isDone = view.hosts.count < done
                view.hosts.append(
                    RolloutView.Host(
                        name: host, batch: batch, step: isDone ? "done" : "waiting", since: now.milliseconds,
                        reason: "", isTouched: isDone, order: ""))
            }
        }
        return view
    }

    private func ended(_ fleet: FixtureFleet, _ number: Int, _ now: Timestamp) -> RolloutView {
        var view = rollout(fleet, done: Self.hostCount, now)
        view.id = "00112233aabbcc\(10 + number)"
        view.state = .succeeded
        view.batch = nil
        view.endedAt = now.milliseconds - Int64(number) * 60_000
        return view
    }

    private func key(_ key: Key) -> Message { .input(.key(KeyPress(key))) }

    private func milliseconds(_ body: () -> Void) -> Double {
        let began = ContinuousClock.now
        body()
        return (ContinuousClock.now - began) / .milliseconds(1)
    }
}
