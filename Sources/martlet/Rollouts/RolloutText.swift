import Fleet
import Foundation
import Text

/// Rollouts as text for people: a plan, one that stands somewhere, a list of them.
enum RolloutText {
    /// What would be done, to whom, and what stands in the way.
    static func plan(_ prospect: RolloutProspect) -> String {
        RolloutPlanText(prospect).lines.map { $0.text.string + "\n" }.joined()
    }

    /// One rollout as it stands, host by host.
    static func standing(_ rollout: RolloutView, at now: Int64) -> String {
        var lines = ["\(rollout.title)  \(state(rollout))", "  id       \(rollout.id)"]
        if let undoes = rollout.undoes { lines.append("  undoes   \(undoes)") }
        lines.append("  action   \(RolloutPlanText.action(rollout))")
        lines.append(
            "  started  \(time(rollout.createdAt)) by \(rollout.actor)\(rollout.reason.isEmpty ? "" : ": \(rollout.reason)")"
        )
        if let ended = rollout.endedAt { lines.append("  ended    \(time(ended))") }
        if let back = rollout.takenBack { lines.append("  back     \(back.sentence(back.id, clock: time))") }
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
        guard let batch = rollout.batch, !rollout.state.isFinal else { return rollout.standing }
        return "\(rollout.state.words), batch \(batch + 1) of \(rollout.batches.count)"
    }

    static func step(_ host: RolloutView.Host, _ rollout: RolloutView) -> String {
        switch host.step {
        case "action": rollout.action
        case "health", "undoHealth": "watching its health"
        case "undo": "the way back"
        case "undoBefore": "before"
        case "undoAfter": "after"
        case "undone": "on the old version"
        case "done" where rollout.undoes != nil: "on the old version"
        default: host.step
        }
    }

    /// What a person may type now; nil where nobody is asked.
    static func advice(_ rollout: RolloutView) -> String? {
        func command(_ verb: String) -> String { "martlet rollout \(verb) \(rollout.id)" }
        if let back = rollout.takenBack {
            return back.state.isFinal && back.isWhole
                ? nil : "the way back: martlet rollout status \(back.id)"
        }
        if rollout.undoes != nil, [.halted, .aborted, .mixed].contains(rollout.state) {
            return "hosts may be on both versions; start the version that you want"
        }
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
