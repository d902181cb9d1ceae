import Fleet
import Text

/// What happens to a rollout, as lines: one a change of its state, a host or its gate's verdict.
struct RolloutLines {
    private var last: RolloutView?

    /// What is new in `view`, at `now` (milliseconds since 1970).
    mutating func lines(of view: RolloutView, at now: Int64) -> [String] {
        defer { last = view }
        var found: [(time: Int64, text: String)] = hosts(view)
        found.sort { $0.time < $1.time }
        let gate = gate(view)
        let state = state(view)
        // A host ends its step before the rollout ends its own; a batch begins before its hosts do.
        let isOver = view.state.isFinal || view.state == .baking || view.state == .held
        let own = (gate + state).map { (now, $0) }
        let all = isOver ? found + own : own + found
        return all.map { SafeText("\(RolloutText.clock($0.0))  \($0.1)").string }
    }

    private func state(_ view: RolloutView) -> [String] {
        guard
            last?.state != view.state || last?.batch != view.batch || last?.text != view.text
        else { return [] }
        var words = RolloutText.state(view)
        switch view.state {
        case .running:
            if let batch = view.batch, view.batches.indices.contains(batch) {
                words += ": \(view.batches[batch].joined(separator: " "))"
            }
        case .baking:
            if let until = view.bakesUntil { words += ", until \(RolloutText.clock(until))" }
        case .held, .paused, .rollingBack, .succeeded, .rolledBack, .mixed, .halted, .aborted: break
        }
        if !view.text.isEmpty { words += " (\(view.text))" }
        return ["\(view.title): \(words)"] + (RolloutText.advice(view).map { [$0] } ?? [])
    }

    private func hosts(_ view: RolloutView) -> [(time: Int64, text: String)] {
        let before = Dictionary((last?.hosts ?? []).map { ($0.name, $0) }) { first, _ in first }
        let width = view.hosts.map { SafeText($0.name).width }.max() ?? 0
        return view.hosts.compactMap { host in
            guard let words = words(host, before[host.name], view) else { return nil }
            return (host.since, SafeText(host.name).padded(to: width, alignment: .left).string + "  " + words)
        }
    }

    /// nil where nothing is new. Those whose turn has not come are named with their batch.
    private func words(
        _ host: RolloutView.Host, _ known: RolloutView.Host?, _ view: RolloutView
    ) -> String? {
        let isNew = known?.step != host.step
        guard isNew || known?.reason != host.reason else { return nil }
        if host.step == "waiting", known == nil || host.reason.isEmpty { return nil }
        guard !host.reason.isEmpty else { return isNew ? RolloutText.step(host, view) : nil }
        let isWatched = !isNew && ["health", "undoHealth"].contains(host.step)
        return "\(isWatched ? "not healthy yet" : RolloutText.step(host, view)): \(host.reason)"
    }

    /// What the hub noted of it: each failed look, and each other change of its verdict.
    private func gate(_ view: RolloutView) -> [String] {
        guard let last else { return [] }
        let seen = last.log.last.flatMap { view.log.lastIndex(of: $0) }.map { $0 + 1 } ?? 0
        return view.log[seen...].map(\.text).filter { $0.hasPrefix("gate ") }
    }
}
