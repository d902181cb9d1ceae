package import Text

/// A plan for people: what would be done, to whom, and what stands in the way. The command line and the dashboard print the same.
package struct RolloutPlanText {
    /// A line of it.
    package struct Line: Hashable, Sendable {
        package let text: SafeText
        /// Where what does not fit on a line goes on below, in cells.
        package let indent: Int
    }

    private let prospect: RolloutProspect

    package init(_ prospect: RolloutProspect) {
        self.prospect = prospect
    }

    private static let keyWidth = 9

    package var lines: [Line] {
        let rollout = prospect.forecast.rollout
        var lines = [line("\(rollout.title)\(rollout.about.isEmpty ? "" : ": \(rollout.about)")")]
        lines += facts(rollout).map { key, value in
            Line(
                text: "  \(SafeText(key).padded(to: Self.keyWidth))\(SafeText(value))",
                indent: 2 + Self.keyWidth)
        }
        lines.append(line(""))
        lines += batches(rollout)
        lines.append(line(""))
        let obstacles = prospect.forecast.obstacles
        lines += obstacles.map { Line(text: SafeText("! \($0)"), indent: 2) }
        lines.append(
            line(
                obstacles.isEmpty
                    ? "it may start now; nothing was started" : "it cannot start now; nothing was started"))
        return lines
    }

    private func line(_ text: String) -> Line { Line(text: SafeText(text), indent: 0) }

    private func batches(_ rollout: RolloutView) -> [Line] {
        var table = PlainTable(["BATCH", "HOSTS", "DONE", "NAMES"].map { PlainTable.Column($0) })
        let all = rollout.batches.reduce(0) { $0 + $1.count }
        var done = 0
        for (batch, hosts) in rollout.batches.enumerated() {
            done += hosts.count
            table.append(
                ["\(batch + 1)", "\(hosts.count)", "\(done) of \(all)", hosts.joined(separator: " ")]
                    .map { SafeText($0) })
        }
        let lines = table.lines
        // The names begin where their title does.
        let indent = lines.first.map { $0.width - "NAMES".utf8.count } ?? 0
        return lines.map { Line(text: $0, indent: indent) }
    }

    private func facts(_ rollout: RolloutView) -> [(String, String)] {
        var facts = [("action", Self.action(rollout))]
        guard let definition = prospect.definition else { return facts }
        if let before = definition.before { facts.append(("before", before)) }
        if let after = definition.after { facts.append(("after", after)) }
        facts.append(
            ("health", definition.health.map { Self.health($0, rollout) } ?? "the action ended well"))
        if definition.bake > 0 { facts.append(("bake", Self.span(definition.bake))) }
        for (place, condition) in definition.gate.enumerated() {
            facts.append((place == 0 ? "gate" : "", condition))
        }
        facts +=
            definition.gate.isEmpty ? [("gate", "none")] : Self.judging(definition).map { ("", $0) }
        if definition.approveAfter != nil {
            let batch = definition.approvalBatch(of: rollout.batches.flatMap { $0 })
            facts.append(
                (
                    "approval",
                    batch.map { "asked for after batch \($0)" } ?? "not asked for: no host would be left"
                ))
        }
        if definition.allowFailed != .hosts(0) {
            facts.append(("may fail", "\(definition.allowFailed) of the hosts"))
        }
        facts.append(("way back", Self.wayBack(definition)))
        if definition.rollback != nil, let first = rollout.fromUnknown.first {
            let count = rollout.fromUnknown.count
            let who = count == 1 ? "\(first) names" : "\(count) hosts name"
            facts.append(("", "\(who) no version now: there it only has to be another than the new one"))
        }
        facts.append(("lock", definition.lock))
        return facts
    }

    /// The action with its values, as it would be ordered.
    package static func action(_ rollout: RolloutView) -> String {
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

    /// `2m`, `1h30m`, `500ms`.
    package static func span(_ milliseconds: Int64) -> String {
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
}
