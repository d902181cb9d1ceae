extension RolloutView {
    /// What became of a rollout that had ended and is taken back by another: what that other one has done so far.
    package struct TakenBack: Hashable, Sendable, Codable {
        /// Of the rollout that takes it back.
        package var id: String
        /// Who started that one, and why.
        package var actor: String
        package var reason: String
        /// Milliseconds since 1970; no end while it goes on.
        package var createdAt: Int64
        package var endedAt: Int64?
        package var state: State
        /// Why that one is so; empty for nothing to say.
        package var text: String
        /// Hosts that run the old version again, of as many as had been changed.
        package var hosts: Int
        package var of: Int

        /// - Parameter undo: the rollout that takes it back.
        package init(by undo: RolloutView) {
            id = undo.id
            actor = undo.actor
            reason = undo.reason
            createdAt = undo.createdAt
            endedAt = undo.endedAt
            state = undo.state
            text = undo.text
            hosts = undo.hosts.count { $0.step == "done" }
            of = undo.hosts.count
        }

        /// Whether no host is left on the new version.
        package var isWhole: Bool { hosts == of }

        /// What the rollout is now, for people: `taken back`.
        package var words: String {
            guard state.isFinal else { return "going back" }
            if isWhole { return "taken back" }
            return hosts == 0 ? "not back" : "partly back"
        }

        /// `by 4f2a of marta, 14:20:07: 3 of 40 hosts are back; halted: 2 hosts failed`.
        ///
        /// - Parameters:
        ///   - name: the other rollout, as long as there is room for it.
        ///   - clock: writes a time.
        package func sentence(_ name: String, clock: (Int64) -> String) -> String {
            let who = actor.isEmpty ? "" : " of \(actor)"
            let time = endedAt.map(clock) ?? "since \(clock(createdAt))"
            let count = "\(hosts) of \(of) \(of == 1 ? "host is" : "hosts are") back"
            let rest = state == .running || state == .succeeded ? text : Self.joined(state.words, text)
            return "by \(name)\(who), \(time): \(count)\(rest.isEmpty ? "" : "; \(rest)")"
        }

        fileprivate static func joined(_ head: String, _ text: String) -> String {
            text.isEmpty ? head : "\(head): \(text)"
        }
    }

    /// The first digits of an id, by which commands know it too.
    package static func short(_ id: String) -> String { String(id.prefix(4)) }

    /// Where it stands now, for people: `succeeded`, or after that `taken back`.
    package var standing: String { takenBack?.words ?? state.words }

    /// With what `undo` made of its hosts and when; `undo` is the rollout that takes this one back.
    package func taken(backBy undo: RolloutView) -> RolloutView {
        var view = self
        let back = TakenBack(by: undo)
        view.takenBack = back
        let others = Dictionary(undo.hosts.map { ($0.name, $0) }) { first, _ in first }
        for place in view.hosts.indices {
            guard let other = others[view.hosts[place].name], let step = Self.stepsBack[other.step] else {
                continue
            }
            view.hosts[place].step = step
            view.hosts[place].since = other.since
            view.hosts[place].reason = other.reason
        }
        let why = back.reason.isEmpty ? "" : ": \(back.reason)"
        let who = back.actor.isEmpty ? "somebody" : back.actor
        view.log.append(Line(at: back.createdAt, text: "\(who) takes it back with \(back.id)\(why)"))
        if let end = back.endedAt {
            let why = back.state == .succeeded ? "" : ", \(TakenBack.joined(back.state.words, back.text))"
            view.log.append(
                Line(at: end, text: "\(back.words): \(back.hosts) of \(back.of) hosts\(why)"))
        }
        return view
    }

    /// What a step of the rollout that takes back is to a host of the one that is taken back.
    private static let stepsBack = [
        "before": "undoBefore", "action": "undo", "health": "undoHealth", "after": "undoAfter",
        "done": "undone", "failed": "stuck", "stuck": "stuck", "unknown": "unknown",
    ]
}
