import Telemetry
package import Wire

/// Reads the probes that are due and hands their values to the encoder; keeps what each costs.
///
/// A probe that takes longer than its budget is left out for as many rounds as it overran, so that its average
/// stays near the budget; the rounds are counted. One that fails has no values this tick and success 0.
package final class Sampler {
    package struct Collector {
        package let probe: any Probe
        package var readings = Readings()
        package fileprivate(set) var group = -1
        package fileprivate(set) var durationNanoseconds: UInt64 = 0
        package fileprivate(set) var hasSucceeded = false
        /// Why this host cannot have it; nil otherwise.
        package fileprivate(set) var notApplicable: String?
        package fileprivate(set) var failure: ProbeError?
        package fileprivate(set) var skippedRounds: UInt64 = 0
        fileprivate var roundsToSkip: UInt64 = 0
        fileprivate var wasReadThisTick = false

        init(_ probe: any Probe) {
            self.probe = probe
        }
    }

    package private(set) var collectors: [Collector]
    /// Whether `notApplicable` of some collector changed since the caller last asked.
    package var hasNewFacts = false
    private let clock: () -> UInt64
    private var round: UInt64 = 0

    /// `clock` gives monotonic nanoseconds.
    package init(_ probes: [any Probe], clock: @escaping () -> UInt64) {
        collectors = probes.map(Collector.init)
        self.clock = clock
    }

    /// One round: reads what is due and appends a tick.
    package func tick(at now: TickTime, isSnapshot: Bool, into encoder: inout SampleEncoder) {
        let started = clock()
        for place in collectors.indices {
            collectors[place].wasReadThisTick = false
            guard isDue(place) || collectors[place].probe.wantsReading(at: now) else { continue }
            read(place, at: now)
            passOn(place, &encoder)
        }
        round += 1
        encoder.beginTick(
            at: now.wall, bootMilliseconds: Int64(now.bootNanoseconds / 1_000_000), isSnapshot: isSnapshot)
        let age = UInt32(clamping: (clock() &- started) / 1_000_000)
        for place in collectors.indices where collectors[place].wasReadThisTick {
            let values = collectors[place].readings.values
            encoder.append(group: collectors[place].group, values: values.span, ageMilliseconds: age)
        }
        encoder.endTick()
    }

    /// Reads every probe once without an encoder, for a single scrape.
    package func scrape(at now: TickTime) {
        for place in collectors.indices { read(place, at: now) }
    }

    /// Reads those once more that had nothing yet or whose helper has now answered, and then the agent's own figures.
    package func scrapeAgain(at now: TickTime) {
        for place in collectors.indices {
            let collector = collectors[place]
            let isWaiting = !collector.hasSucceeded && collector.notApplicable == nil
            guard isWaiting || collector.probe.wantsReading(at: now) || collector.probe is SelfProbe else {
                continue
            }
            read(place, at: now)
        }
    }

    private func read(_ place: Int, at now: TickTime) {
        let started = clock()
        // Taken out meanwhile, because the probe of the agent's own figures looks at all collectors.
        var readings = Readings()
        swap(&readings, &collectors[place].readings)
        do throws(ProbeError) {
            try collectors[place].probe.read(into: &readings, at: now)
            succeed(place)
        } catch {
            fail(place, error)
        }
        swap(&readings, &collectors[place].readings)
        let took = clock() &- started
        collectors[place].durationNanoseconds = took
        collectors[place].roundsToSkip = min(60, took / Self.budgetNanoseconds)
    }

    private func succeed(_ place: Int) {
        if collectors[place].notApplicable != nil {
            collectors[place].notApplicable = nil
            hasNewFacts = true
        }
        collectors[place].hasSucceeded = true
        collectors[place].failure = nil
        collectors[place].wasReadThisTick = true
    }

    private func fail(_ place: Int, _ error: ProbeError) {
        collectors[place].hasSucceeded = false
        collectors[place].failure = error
        if case .notApplicable(let reason) = error, collectors[place].notApplicable != reason {
            collectors[place].notApplicable = reason
            hasNewFacts = true
        }
    }

    /// Every probe in the first round; later the slow tiers are spread, so that no round carries them all.
    private func isDue(_ place: Int) -> Bool {
        let interval: UInt64 =
            switch collectors[place].probe.tier {
            case .second: 1
            case .scan: 2
            case .tenSeconds: 10
            case .minute: 60
            }
        // What this host cannot have is asked for once a minute.
        let period = collectors[place].notApplicable == nil ? interval : 60
        guard round == 0 || (round + UInt64(place)) % period == 0 else { return false }
        guard collectors[place].roundsToSkip == 0 else {
            collectors[place].roundsToSkip -= 1
            collectors[place].skippedRounds += 1
            return false
        }
        return true
    }

    private func passOn(_ place: Int, _ encoder: inout SampleEncoder) {
        if collectors[place].group < 0 {
            collectors[place].group = encoder.addGroup(collectors[place].probe.name)
        }
        guard !collectors[place].readings.changes.isEmpty else { return }
        let group = collectors[place].group
        for change in collectors[place].readings.changes {
            switch change {
            case .defined(let slot):
                if let definition = collectors[place].readings.definitions[slot] {
                    encoder.define(definition, slot: slot, group: group)
                }
            case .retired(let slot): encoder.retire(slot: slot, group: group)
            }
        }
        collectors[place].readings.clearChanges()
    }

    /// What one probe may take of a second.
    private static let budgetNanoseconds: UInt64 = 20_000_000
}
