package import Telemetry
package import Wire

/// Something that is no probe and has values in each tick, histograms perhaps, and events between ticks.
package protocol TickPart: AnyObject {
    /// Whether somebody looks at the lines of logs as they come.
    var showsLines: Bool { get set }
    /// What it cannot have here, by name, each with the reason; told with the facts.
    var notApplicable: [Label] { get }
    /// Whether something is to be told of the past, and a tick that tells the oldest of it.
    var hasLateTick: Bool { get }
    /// Whether all is told that was there to be told.
    var isSettled: Bool { get }
    func appendLateTick(to encoder: inout SampleEncoder, at now: TickTime)
    /// Before the tick: says what is new, in groups behind those of all probes.
    func define(in encoder: inout SampleEncoder)
    /// Within the tick, behind all probes.
    func append(to encoder: inout SampleEncoder)
    /// Behind the tick.
    func appendEvents(to encoder: inout SampleEncoder, at now: TickTime)
}

/// Reads the probes that are due and hands their values to the encoder; keeps what each costs.
///
/// A probe that takes longer than its budget is left out for as many rounds as it overran, so that its average
/// stays near the budget; the rounds are counted. One that fails has success 0, and its series are told once as absent, so
/// that the reader sees a gap and not a last value.
package final class Sampler {
    /// A probe with what it read last and how that went; times are in nanoseconds.
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
        fileprivate var wasTriedThisTick = false
        /// When the last reading began, by the sampler's clock.
        fileprivate var readNanoseconds: UInt64 = 0
        /// Whether the reader of the ticks has values of this collector.
        fileprivate var isShown = false

        init(_ probe: any Probe) {
            self.probe = probe
        }
    }

    package private(set) var collectors: [Collector]
    /// Series that a limit of the wire refused, and readings that no frame had room for.
    package private(set) var refusedSeries: UInt64 = 0
    package private(set) var leftOutReadings: UInt64 = 0
    /// What is sent in each tick besides.
    package var part: (any TickPart)?
    /// Whether `notApplicable` of some collector changed since the caller last asked.
    package var hasNewFacts = false
    private let clock: () -> UInt64
    /// CLOCK_BOOTTIME of the first tick, and how many whole seconds this one and the one before are from it.
    private var firstNanoseconds: UInt64?
    private var second: UInt64 = 0
    private var lastSecond: UInt64 = 0

    /// `clock` gives monotonic nanoseconds.
    package init(_ probes: [any Probe], clock: @escaping () -> UInt64) {
        collectors = probes.map(Collector.init)
        self.clock = clock
    }

    /// One round: reads what is due and appends a tick.
    package func tick(at now: TickTime, isSnapshot: Bool, into encoder: inout SampleEncoder) {
        let started = clock()
        let isFirst = firstNanoseconds == nil
        setSecond(now)
        for place in collectors.indices {
            collectors[place].wasTriedThisTick = false
            guard isFirst || isDue(place) || collectors[place].probe.wantsReading(at: now) else { continue }
            read(place, at: now)
            passOn(place, &encoder)
        }
        part?.define(in: &encoder)
        encoder.beginTick(
            at: now.wall, bootMilliseconds: Int64(now.bootNanoseconds / 1_000_000), isSnapshot: isSnapshot)
        for place in collectors.indices where collectors[place].wasTriedThisTick {
            guard collectors[place].hasSucceeded || collectors[place].isShown else { continue }
            collectors[place].isShown = collectors[place].hasSucceeded
            let values = collectors[place].hasSucceeded ? collectors[place].readings.values : gaps(place)
            // Of its own reading: a rate over the end of a slow tick and that of a quick one would be too high.
            let age = UInt32(clamping: (collectors[place].readNanoseconds &- started) / 1_000_000)
            encoder.append(group: collectors[place].group, values: values.span, ageMilliseconds: age)
        }
        part?.append(to: &encoder)
        encoder.endTick()
        part?.appendEvents(to: &encoder, at: now)
        refusedSeries = encoder.refusedSeries
        leftOutReadings = encoder.droppedReadings
    }

    /// Whether a collector, other than the one that is being read, has a series of this name.
    package func hasMetric(_ name: String) -> Bool {
        collectors.contains { collector in
            collector.readings.definitions.contains { $0?.key.name == name }
        }
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
        collectors[place].readNanoseconds = started
        collectors[place].wasTriedThisTick = true
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
    }

    private func fail(_ place: Int, _ error: ProbeError) {
        collectors[place].hasSucceeded = false
        collectors[place].failure = error
        if case .notApplicable(let reason) = error, collectors[place].notApplicable != reason {
            collectors[place].notApplicable = reason
            hasNewFacts = true
        }
    }

    /// For each slot the value that says that there is none.
    private func gaps(_ place: Int) -> [Int64] {
        collectors[place].readings.definitions.map { $0?.scale.absent ?? 0 }
    }

    /// Rounded, because no timer expires on the nanosecond.
    private func setSecond(_ now: TickTime) {
        let first = firstNanoseconds ?? now.bootNanoseconds
        firstNanoseconds = first
        lastSecond = second
        second = (now.bootNanoseconds &- first &+ 500_000_000) / 1_000_000_000
    }

    /// Whether the tier's time has come since the last tick, however far apart the ticks are; the slow tiers are spread,
    /// so that no tick carries them all.
    private func isDue(_ place: Int) -> Bool {
        let interval: UInt64 =
            switch collectors[place].probe.tier {
            case .second: 1
            case .scan: 2
            case .tenSeconds: 10
            case .minute: 60
            case .whenAnswered: .max
            }
        // What this host cannot have is asked for once a minute.
        let period = collectors[place].notApplicable == nil ? interval : 60
        let spread = UInt64(place)
        guard interval != .max else { return false }
        guard period == 1 || (second + spread) / period != (lastSecond + spread) / period else {
            return false
        }
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
