import Dashboard
import Fleet
import Telemetry
import TestSupport

/// Rollouts as a hub tells of them.
enum FixtureRollouts {
    static let now = FixtureHost.noon

    /// A host of the batch, at a step.
    static func host(
        _ name: String, _ batch: Int, _ step: String, reason: String = "", secondsAgo: Int64 = 42
    )
        -> RolloutView.Host
    {
        let isTouched = !["waiting", "before"].contains(step)
        return RolloutView.Host(
            name: name, batch: batch, step: step, since: now.milliseconds - secondsAgo * 1000, reason: reason,
            isTouched: isTouched, order: isTouched ? "order-\(name)" : "")
    }

    /// web 4.12.1 over `names` in batches of 1, a tenth, half and all; all hosts at `step` but those of `steps`.
    static func rollout(
        id: String = "4f2a9c0011223344", name: String = "web", version: String = "4.12.1",
        _ state: RolloutView.State, text: String = "", names: [String], batch: Int? = nil,
        minutesAgo: Int64 = 14, steps: (Int, Int) -> String
    ) -> RolloutView {
        let batches = BatchStep.batches(of: names, [.hosts(1), .percent(10), .percent(50), .all])
        var view = RolloutView(
            id: id, name: name, about: "New version of the web service", action: "deploy-web",
            parameters: ["version": version, "mode": "safe"], actor: "marta", reason: "ticket 812",
            createdAt: now.milliseconds - minutesAgo * 60_000, state: state, batches: batches)
        view.text = text
        view.from = ["4.11.9"]
        view.batch = batch
        var place = 0
        for (batch, names) in batches.enumerated() {
            for name in names {
                let step = steps(batch, place)
                view.hosts.append(
                    host(
                        name, batch, step,
                        reason: ["failed", "stuck", "unknown"].contains(step) ? "deploy-web: status 3" : ""))
                place += 1
            }
        }
        view.gate = [
            "http.error_ratio{service=web} < 2%", "http.p99{service=web} <= baseline * 1.3",
        ]
        view.failsAfter = 3
        view.log = [
            line(14, "started by marta: ticket 812"), line(13, "batch 1 of \(batches.count) began"),
            line(12, "\(names[0]) deploy-web succeeded in 4.1 s"),
            line(7, "batch 2 of \(batches.count) began"),
        ]
        return view
    }

    static func line(_ minutesAgo: Int64, _ text: String) -> RolloutView.Line {
        RolloutView.Line(at: now.milliseconds - minutesAgo * 60_000, text: text)
    }

    /// In its second batch, which bakes; two looks of three have failed.
    static func baking(_ names: [String]) -> RolloutView {
        var view = rollout(.baking, names: names, batch: 1) { batch, _ in batch < 2 ? "done" : "waiting" }
        view.bakesUntil = now.milliseconds + 133_000
        view.judged = GateAnswer(
            [
                GateAnswer.Line(
                    condition: "http.error_ratio{service=web} < 2%", verdict: .passed,
                    text: "0.02% of 2981 requests"),
                GateAnswer.Line(
                    condition: "http.p99{service=web} <= baseline * 1.3", verdict: .failed,
                    text: "1.84 s, baseline 45 ms"),
            ], changed: [], failsAfter: 3)
        view.failedLooks = 2
        view.log.append(line(0, "gate failed, 2 of 3: http.p99{service=web} is 1.84 s, baseline 45 ms"))
        return view
    }

    /// Held before its third batch.
    static func held(_ names: [String]) -> RolloutView {
        var view = rollout(.held, text: "batch 2 waits for approval", names: names, batch: 1) { batch, _ in
            batch < 2 ? "done" : "waiting"
        }
        view.heldUntil = now.milliseconds + 2_530_000
        view.log.append(line(1, "held: batch 2 waits for approval"))
        return view
    }

    /// At work in its third batch, where one host failed and of one nobody can tell.
    static func running(_ names: [String]) -> RolloutView {
        rollout(.running, names: names, batch: 2) { batch, place in
            if batch < 2 { return "done" }
            guard batch == 2 else { return "waiting" }
            return ["done", "failed", "action", "health", "unknown", "before", "after", "waiting"][place % 8]
        }
    }

    /// On the way back; of one host it failed.
    static func rollingBack(_ names: [String]) -> RolloutView {
        rollout(.rollingBack, text: "the gate failed: http.p99{service=web} is 1.84 s", names: names) {
            batch, place in
            if batch > 1 { return "waiting" }
            return ["undone", "undo", "stuck", "undoHealth"][place % 4]
        }
    }

    /// Takes `rollout` back, newest host first; the first `back` of them are, and at the end the others failed.
    static func undo(_ rollout: RolloutView, _ state: RolloutView.State, back: Int) -> RolloutView {
        var view = RolloutView(
            id: "1a2b334455667788", name: rollout.name, about: "Takes \(rollout.id) back",
            action: "rollback-web", parameters: [:], actor: "bert", reason: "slow",
            createdAt: now.milliseconds - 120_000, state: state,
            batches: [rollout.hosts.reversed().map(\.name)])
        view.undoes = rollout.id
        view.from = ["4.11.9"]
        let rest = state.isFinal ? "failed" : "waiting"
        view.hosts = rollout.hosts.reversed().enumerated().map { place, host in
            FixtureRollouts.host(
                host.name, 0, place < back ? "done" : rest,
                reason: place < back || rest == "waiting" ? "" : "rollback-web: status 3")
        }
        view.batch = state.isFinal ? nil : 0
        view.text = state == .halted ? "\(rollout.hosts.count - back) hosts failed" : ""
        view.endedAt = state.isFinal ? now.milliseconds - 60_000 : nil
        return view
    }

    /// Yesterday's, which went well.
    static func ended(_ names: [String], _ state: RolloutView.State = .succeeded) -> RolloutView {
        var view = rollout(
            id: "00112233aabbccdd", version: "4.12.0", state, names: names, minutesAgo: 600
        ) { _, _ in state == .succeeded ? "done" : "undone" }
        view.endedAt = now.milliseconds - 570 * 60_000
        view.log = [line(600, "started by marta"), line(570, "succeeded")]
        return view
    }
}

extension Stage {
    /// A fleet that is live, and rollouts of the Deploys screen.
    static func rollouts(
        _ rollouts: [RolloutView], width: Int = 120, height: Int = 36, hosts: Int = 24,
        options: Dashboard.Options? = nil
    ) -> Stage {
        var stage = Stage(
            options ?? Dashboard.Options(screen: .deploys, usesUTC: true), width: width, height: height)
        stage.tell(FixtureFleet(hosts).history(seconds: 3600, ending: stage.now))
        stage.send(.rollouts(.list(rollouts)))
        stage.pass(seconds: 1)
        return stage
    }

    /// What was said to rollouts.
    var said: [RolloutOrderRequest] {
        effects.compactMap { if case .rollout(let request) = $0 { request } else { nil } }
    }

    /// The orders that were followed, nil for none.
    var followed: [String?] {
        effects.compactMap { effect -> String?? in
            if case .followOrder(let order) = effect { .some(order) } else { nil }
        }
    }
}
