/// What a person asks a rollout to begin with.
package struct RolloutRequest: Hashable, Sendable, Codable {
    package var name: String
    package var parameters: [String: String]
    package var by: String
    package var reason: String
    /// Why it may start outside its window; nil where it may not.
    package var override: String?

    package init(
        name: String, parameters: [String: String] = [:], by: String = "", reason: String = "",
        override: String? = nil
    ) {
        self.name = name
        self.parameters = parameters
        self.by = by
        self.reason = reason
        self.override = override
    }
}

/// What a person says to a rollout that is known.
package struct RolloutOrderRequest: Hashable, Sendable, Codable {
    /// What can be said to a rollout that was started.
    package enum Verb: String, Hashable, Sendable, Codable, CaseIterable {
        case pause
        /// Goes on after a pause; answers a hold with yes.
        case resume
        case abort
        case rollback
    }

    /// Its id, the beginning of it, or its name: the newest one then.
    package var id: String
    package var verb: Verb
    package var by: String
    package var reason: String

    package init(id: String, verb: Verb, by: String = "", reason: String = "") {
        self.id = id
        self.verb = verb
        self.by = by
        self.reason = reason
    }
}

/// The gate of a rollout over hosts that another tool changed.
package struct GateRequest: Hashable, Sendable, Codable {
    package var name: String
    /// A selector of the changed hosts; the rest of the rollout's hosts are the baseline.
    package var changed: String
    /// The time that it looks at; milliseconds since 1970.
    package var since: Int64

    package init(name: String, changed: String, since: Int64) {
        self.name = name
        self.changed = changed
        self.since = since
    }
}

/// What a gate says.
package struct GateAnswer: Hashable, Sendable, Codable {
    /// What one look at the gate found.
    package enum Verdict: String, Hashable, Sendable, Codable, CaseIterable {
        case passed
        case failed
        /// Data are missing or too few: never taken for passed.
        case none
    }

    /// What it found of one condition.
    package struct Line: Hashable, Sendable, Codable {
        package var condition: String
        package var verdict: Verdict
        /// The value, the baseline where there is one, and of how many requests.
        package var text: String

        package init(condition: String, verdict: Verdict, text: String) {
            self.condition = condition
            self.verdict = verdict
            self.text = text
        }
    }

    package var verdict: Verdict
    package var lines: [Line]
    package var changed: [String]
    /// How many failed evaluations in a row fail the rollout.
    package var failsAfter: Int

    package init(_ lines: [Line], changed: [String], failsAfter: Int = 1) {
        self.lines = lines
        self.changed = changed
        self.failsAfter = failsAfter
        verdict =
            lines.contains { $0.verdict == .failed }
            ? .failed : lines.isEmpty || lines.contains { $0.verdict == .none } ? .none : .passed
    }

    /// In one line: what decided first.
    package var evidence: String {
        let deciding = verdict == .passed ? lines : lines.filter { $0.verdict == verdict }
        return deciding.map { "\($0.condition): \($0.text)" }.joined(separator: "; ")
    }
}

/// What a rollout would do if it were started now.
package struct RolloutForecast: Hashable, Sendable, Codable {
    /// All hosts wait; the id is empty.
    package var rollout: RolloutView
    /// What stands in the way now: the rollout that holds the lock, a closed window, hosts that are away. None where it may start.
    package var obstacles: [String]

    package init(rollout: RolloutView, obstacles: [String] = []) {
        self.rollout = rollout
        self.obstacles = obstacles
    }
}
