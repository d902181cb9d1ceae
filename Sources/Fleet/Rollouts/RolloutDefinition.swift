/// A rollout as rollouts.yaml describes it: how one change goes over the fleet.
///
/// Durations are milliseconds. Selectors and gate conditions stand as they are written; who reads the file has held
/// them against their grammars.
package struct RolloutDefinition: Hashable, Sendable, Codable {
    /// What happens when too many hosts failed, or the gate did.
    package enum FailurePolicy: String, Hashable, Sendable, Codable, CaseIterable {
        case rollback
        case halt
    }

    /// What happens when the gate cannot judge at the end of a bake.
    package enum VerdictPolicy: String, Hashable, Sendable, Codable, CaseIterable {
        case hold
        case proceed
        case rollback
    }

    /// What `baseline` in a gate is.
    package enum Baseline: String, Hashable, Sendable, Codable, CaseIterable {
        /// The hosts that are not changed yet, over the same minutes.
        case rest
        /// The same hosts, over the bake time before the start.
        case before
    }

    /// What makes a host good.
    package struct Health: Hashable, Sendable, Codable {
        /// A `[probe]` of the host.
        package var probe: String
        /// What the probe's version must be, with placeholders; nil where any is right.
        package var version: String?
        /// Good by then, counted from the action's end, or the host failed.
        package var within: Int64
        /// Good for all this time without a break.
        package var steady: Int64

        package init(probe: String, version: String? = nil, within: Int64, steady: Int64 = 10_000) {
            self.probe = probe
            self.version = version
            self.within = within
            self.steady = steady
        }
    }

    /// The way back, over the hosts that were touched, newest first.
    package struct Rollback: Hashable, Sendable, Codable {
        package var action: String
        /// Hosts at one time; nil for all.
        package var atOnce: Int?

        package init(action: String, atOnce: Int? = nil) {
            self.action = action
            self.atOnce = atOnce
        }
    }

    /// A parameter that the start must or may give.
    package struct Parameter: Hashable, Sendable, Codable {
        package var name: String
        /// nil where it must be given.
        package var initial: String?

        package init(_ name: String, initial: String? = nil) {
            self.name = name
            self.initial = initial
        }
    }

    package var name: String
    package var about: String
    /// Which hosts.
    package var hosts: String
    package var action: String
    package var parameters: [Parameter] = []
    /// Hosts that come before the others; empty for the order of names.
    package var first: String = ""
    package var batches: [BatchStep] = [.all]
    /// Hosts that work at one time inside a batch; nil for the whole batch.
    package var atOnce: Int?
    /// The action on each host before, and once it is healthy.
    package var before: String?
    package var after: String?
    package var health: Health?
    package var bake: Int64 = 0
    package var gate: [String] = []
    /// Evaluations in a row, 10 s apart, that must fail.
    package var gateFailsAfter = 3
    package var baseline = Baseline.rest
    /// Fewer requests than these on the changed hosts are no verdict.
    package var minRequests = 100
    package var noVerdict = VerdictPolicy.hold
    /// Hosts that may fail or be out of reach in the whole rollout.
    package var allowFailed = BatchStep.hosts(0)
    package var onFailure = FailurePolicy.rollback
    package var rollback: Rollback?
    /// A hold that nobody answers ends as halted after this.
    package var holdFor: Int64 = 3_600_000
    /// Stop after this batch, counted from 1, until a person goes on; in a file, after this step of `batches`.
    package var approveAfter: Int?
    /// Rollouts of one lock exclude each other.
    package var lock: String
    package var notDuring: [WeekWindow] = []
    /// Hooks that are told of the start, a hold and the end.
    package var notify: [String] = []

    package init(_ name: String, hosts: String, action: String) {
        self.name = name
        about = ""
        self.hosts = hosts
        self.action = action
        lock = name
    }

    /// Which of a plan's batches, counted from 1, asks for approval: the one with which the step that `approveAfter` names is
    /// done, as a step that adds no host is no batch. nil where nothing is left to approve.
    package func approvalBatch(of hosts: [String]) -> Int? {
        guard let approveAfter else { return nil }
        let batch = BatchStep.batches(of: hosts, Array(batches.prefix(approveAfter))).count
        return batch < BatchStep.batches(of: hosts, batches).count ? batch : nil
    }

    /// All that a host must declare.
    package var actions: [String] {
        [action, before, after, rollback?.action].compactMap { $0 }
    }
}
