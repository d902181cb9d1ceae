import Fleet
import Foundation
import Text

/// Rollouts as text for people: a plan, one that stands somewhere, a list of them.
enum RolloutText {
    /// What would be done, to whom, and what stands in the way.
    static func plan(_ prospect: RolloutProspect) -> String {
        let rollout = prospect.forecast.rollout
        var lines = ["\(rollout.title)\(rollout.about.isEmpty ? "" : ": \(rollout.about)")"]
        lines += facts(rollout, prospect.definition).map {
            "  \($0.0.padding(toLength: 9, withPad: " ", startingAt: 0))\($0.1)"
        }
        lines.append("")
        var table = PlainTable(["BATCH", "HOSTS", "DONE", "NAMES"].map { PlainTable.Column($0) })
        let all = rollout.batches.reduce(0) { $0 + $1.count }
        var done = 0
        for (batch, hosts) in rollout.batches.enumerated() {
            done += hosts.count
            table.append(
                [
                    "\(batch + 1)", "\(hosts.count)", "\(done) of \(all)", hosts.joined(separator: " "),
                ].map { SafeText($0) })
        }
        lines += table.lines.map(\.string)
        let obstacles = prospect.forecast.obstacles
        lines.append("")
        lines += obstacles.map { "! \($0)" }
        lines.append(
            obstacles.isEmpty
                ? "it may start now; nothing was started" : "it cannot start now; nothing was started")
        return lines.map { SafeText($0).string + "\n" }.joined()
    }

    private static func facts(
        _ rollout: RolloutView, _ definition: RolloutDefinition?
    ) -> [(String, String)] {
        var facts = [("action", action(rollout))]
        guard let definition else { return facts }
        if let before = definition.before { facts.append(("before", before)) }
        if let after = definition.after { facts.append(("after", after)) }
        facts.append(("health", definition.health.map { health($0, rollout) } ?? "the action ended well"))
        if definition.bake > 0 { facts.append(("bake", span(definition.bake))) }
        for (place, condition) in definition.gate.enumerated() {
            facts.append((place == 0 ? "gate" : "", condition))
        }
        facts += definition.gate.isEmpty ? [("gate", "none")] : judging(definition).map { ("", $0) }
        if let batch = definition.approveAfter {
            facts.append(("approval", "asked for after batch \(batch)"))
        }
        if definition.allowFailed != .hosts(0) {
            facts.append(("may fail", "\(definition.allowFailed) of the hosts"))
        }
        facts.append(("way back", wayBack(definition)))
        facts.append(("lock", definition.lock))
        return facts
    }

    private static func action(_ rollout: RolloutView) -> String {
        ([rollout.action] + rollout.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
            .joined(separator: " ")
    }

    private static func health(_ health: RolloutDefinition.Health, _ rollout: RolloutView) -> String {
        let version = health.version.map { text in
            rollout.parameters.reduce(text) { $0.replacing("{\($1.key)}", with: $1.value) }
        }
        return
            "probe \(health.probe)\(version.map { " names \($0)" } ?? " is good") within \(span(health.within)), "
            + "for \(span(health.steady))"
    }

    private static func judging(_ definition: RolloutDefinition) -> [String] {
        let fails =
            definition.gateFailsAfter == 1
            ? "one failed look fails it" : "\(definition.gateFailsAfter) failed looks in a row fail it"
        let baseline =
            switch definition.baseline {
            case .rest: "the hosts not changed yet"
            case .before: "the same hosts before"
            }
        return [
            "\(fails); baseline \(baseline)",
            "no verdict below \(definition.minRequests) requests, or without data: \(definition.noVerdict.rawValue)",
        ]
    }

    private static func wayBack(_ definition: RolloutDefinition) -> String {
        let failure =
            switch definition.onFailure {
            case .rollback: "by itself when it fails"
            case .halt: "never by itself: what fails is halted"
            }
        guard let rollback = definition.rollback else { return "none: what fails is halted" }
        return
            "\(rollback.action), newest host first\(rollback.atOnce.map { ", \($0) at a time" } ?? ""); \(failure)"
    }

    /// One rollout as it stands, host by host.
    static func standing(_ rollout: RolloutView, at now: Int64) -> String {
        var lines = ["\(rollout.title)  \(state(rollout))", "  id       \(rollout.id)"]
        if let undoes = rollout.undoes { lines.append("  undoes   \(undoes)") }
        lines.append("  action   \(action(rollout))")
        lines.append(
            "  started  \(time(rollout.createdAt)) by \(rollout.actor)\(rollout.reason.isEmpty ? "" : ": \(rollout.reason)")"
        )
        if let ended = rollout.endedAt { lines.append("  ended    \(time(ended))") }
        if !rollout.text.isEmpty { lines.append("  because  \(rollout.text)") }
        if let until = rollout.bakesUntil { lines.append("  bakes    until \(clock(until))") }
        if let until = rollout.heldUntil {
            lines.append("  waits    until \(clock(until)), then it is halted")
        }
        lines += gate(rollout)
        lines.append("")
        var table = PlainTable(["BATCH", "HOST", "STEP", "FOR", "NOTE"].map { PlainTable.Column($0) })
        for row in rows(rollout, at: now) { table.append(row.map { SafeText($0) }) }
        lines += table.lines.map(\.string)
        if let advice = advice(rollout) { lines += ["", advice] }
        return lines.map { SafeText($0).string + "\n" }.joined()
    }

    /// A row a host: batch, host, step, since when, note.
    static func rows(_ rollout: RolloutView, at now: Int64) -> [[String]] {
        rollout.hosts.map { host in
            [
                "\(host.batch + 1)", host.name, step(host, rollout),
                host.step == "waiting" ? "-" : Format.age(Double(max(0, now - host.since)) / 1000).string,
                host.reason.isEmpty ? "-" : host.reason,
            ]
        }
    }

    private static func gate(_ rollout: RolloutView) -> [String] {
        if let judged = rollout.judged {
            return judged.lines.enumerated().map { place, line in
                "  \(place == 0 ? "gate " : "     ")    \(verdict(line.verdict))  \(line.condition): \(line.text)"
            }
        }
        return rollout.gate.enumerated().map { place, condition in
            "  \(place == 0 ? "gate " : "     ")    \(condition)"
        }
    }

    static func verdict(_ verdict: GateAnswer.Verdict) -> String {
        switch verdict {
        case .passed: "passed"
        case .failed: "failed"
        case .none: "no verdict"
        }
    }

    /// `running, batch 2 of 3`.
    static func state(_ rollout: RolloutView) -> String {
        guard let batch = rollout.batch, !rollout.state.isFinal else { return rollout.state.words }
        return "\(rollout.state.words), batch \(batch + 1) of \(rollout.batches.count)"
    }

    static func step(_ host: RolloutView.Host, _ rollout: RolloutView) -> String {
        switch host.step {
        case "action": rollout.action
        case "health", "undoHealth": "watching its health"
        case "undo": "the way back"
        case "undoAfter": "after"
        case "undone": "on the old version"
        default: host.step
        }
    }

    /// What a person may type now; nil where nobody is asked.
    static func advice(_ rollout: RolloutView) -> String? {
        func command(_ verb: String) -> String { "martlet rollout \(verb) \(rollout.id)" }
        switch rollout.state {
        case .held:
            return "go on: \(command("resume"))   back: \(command("rollback"))   end: \(command("abort"))"
        case .paused:
            return "go on: \(command("resume"))   back: \(command("rollback"))   end: \(command("abort"))"
        case .halted, .aborted, .mixed:
            return "hosts may be on both versions; the way back: \(command("rollback"))"
        case .running, .baking, .rollingBack, .succeeded, .rolledBack: return nil
        }
    }

    // MARK: Times

    /// `2m`, `1h30m`, `500ms`.
    static func span(_ milliseconds: Int64) -> String {
        var rest = milliseconds
        var text = ""
        for (unit, size) in [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)]
            as [(String, Int64)] where rest >= size
        {
            text += "\(rest / size)\(unit)"
            rest %= size
        }
        return text.isEmpty ? "0s" : text
    }

    static func clock(_ milliseconds: Int64) -> String {
        Format.clock(milliseconds: milliseconds, offsetSeconds: offset(milliseconds)).string
    }

    static func time(_ milliseconds: Int64) -> String {
        Format.dateTime(milliseconds: milliseconds, offsetSeconds: offset(milliseconds)).string
    }

    private static func offset(_ milliseconds: Int64) -> Int {
        TimeZone.current.secondsFromGMT(for: Date(timeIntervalSince1970: Double(milliseconds) / 1000))
    }
}
