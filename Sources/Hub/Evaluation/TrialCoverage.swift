import Fleet
import Telemetry

/// How much data a trial had to look at: whose, from when to when, and for how long none.
struct TrialCoverage {
    private var hosts: Set<HostID> = []
    /// By step, whether any series had a value.
    private var isThere: [Bool]

    init(steps: Int) {
        isThere = [Bool](repeating: false, count: max(0, steps))
    }

    /// One series from the first step that counts on; NaN is no value.
    mutating func take(_ values: some Sequence<Double>, of host: HostID) {
        take(steps: zip(isThere.indices, values).lazy.filter { !$0.1.isNaN }.map(\.0), of: host)
    }

    /// The steps in which a series had something; those below 0 only filled windows.
    mutating func take(steps: some Sequence<Int>, of host: HostID) {
        var isAny = false
        for step in steps where isThere.indices.contains(step) {
            isThere[step] = true
            isAny = true
        }
        if isAny { hosts.insert(host) }
    }

    /// Writes into the answer what was there; steps are `trial.stepMilliseconds`, the first after `trial.from`. What is missing for
    /// no longer than `patience` is no gap: hosts are sampled at their own interval.
    func tell(_ trial: inout RuleTrial, patience: Int64) {
        trial.hosts = hosts.count
        var (gap, last): (Int64, Int?) = (0, nil)
        for step in isThere.indices where isThere[step] {
            let time = trial.from.advanced(byMilliseconds: Int64(step + 1) * trial.stepMilliseconds)
            if trial.dataFrom == nil { trial.dataFrom = time }
            trial.dataTo = time
            let missing = last.map { Int64(step - $0) * trial.stepMilliseconds } ?? 0
            if missing > patience { gap += missing }
            last = step
        }
        trial.gapMilliseconds = gap
    }
}
