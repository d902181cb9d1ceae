/// Time in which a condition held, or did not: it goes on only while evaluations say so.
package enum HoldClock: Hashable, Sendable, Codable {
    /// Since this moment of the evaluations' own time (``SavedAlerts/evaluatedMilliseconds``).
    case running(since: Int64)
    /// It stands at so many milliseconds: there was no data, or an evaluation failed.
    case stopped(milliseconds: Int64)

    package func milliseconds(at time: Int64) -> Int64 {
        switch self {
        case .running(let since): time - since
        case .stopped(let milliseconds): milliseconds
        }
    }

    package func running(at time: Int64) -> HoldClock {
        switch self {
        case .running: self
        case .stopped(let milliseconds): .running(since: time - milliseconds)
        }
    }

    package func stopped(at time: Int64) -> HoldClock {
        .stopped(milliseconds: milliseconds(at: time))
    }
}

/// All that the evaluation knows of one open alert; it goes on from here after a restart.
package struct SavedAlert: Hashable, Sendable, Codable {
    /// `acknowledged` and `silencedBy` are whoever's who keeps acknowledgements and silences.
    package var alert: Alert
    /// How long the condition held; of one that fires, when it fired.
    package var held: HoldClock
    /// Of one that fires: how long it has been clear; nil while it is not.
    package var clear: HoldClock?
    /// How long there has been no data; nil while there is some.
    package var missing: HoldClock?

    package init(alert: Alert, held: HoldClock, clear: HoldClock? = nil, missing: HoldClock? = nil) {
        self.alert = alert
        self.held = held
        self.clear = clear
        self.missing = missing
    }
}

/// What a hub begins with: where the one before it ended.
package struct SavedAlerts: Hashable, Sendable, Codable {
    /// The evaluations' own time: what passed between evaluations that followed one another. It stands while the hub does,
    /// and no step of the clock moves it.
    package var evaluatedMilliseconds: Int64
    /// The number of the last transition.
    package var lastNumber: Int64
    package var open: [SavedAlert]

    package init(evaluatedMilliseconds: Int64 = 0, lastNumber: Int64 = 0, open: [SavedAlert] = []) {
        self.evaluatedMilliseconds = evaluatedMilliseconds
        self.lastNumber = lastNumber
        self.open = open
    }

    /// After one more evaluation.
    package mutating func apply(_ changes: AlertChanges) {
        evaluatedMilliseconds = changes.evaluatedMilliseconds
        lastNumber = changes.lastNumber
        let replaced = Set(changes.changed.map(\.alert.key) + changes.closed)
        open = open.filter { !replaced.contains($0.alert.key) } + changes.changed
    }
}

/// What one evaluation changes; kept whole or not at all.
package struct AlertChanges: Hashable, Sendable, Codable {
    package var evaluatedMilliseconds: Int64
    package var lastNumber: Int64
    /// In order of their numbers.
    package var transitions: [AlertTransition]
    /// Open alerts as they are now, of those that changed.
    package var changed: [SavedAlert]
    /// No longer open: they resolved or were dropped.
    package var closed: [AlertKey]

    package init(
        evaluatedMilliseconds: Int64, lastNumber: Int64, transitions: [AlertTransition] = [],
        changed: [SavedAlert] = [], closed: [AlertKey] = []
    ) {
        self.evaluatedMilliseconds = evaluatedMilliseconds
        self.lastNumber = lastNumber
        self.transitions = transitions
        self.changed = changed
        self.closed = closed
    }

    /// These after others that could not be kept: what both leave, and the transitions of these alone.
    package func following(_ others: AlertChanges) -> AlertChanges {
        var whole = self
        let named = Set(changed.map(\.alert.key) + closed)
        whole.changed = others.changed.filter { !named.contains($0.alert.key) } + changed
        let open = Set(changed.map(\.alert.key))
        whole.closed += others.closed.filter { !open.contains($0) && !closed.contains($0) }
        return whole
    }
}
