import Archive
import Fleet
import Telemetry
import Wire

/// One host as the hub's core knows it; confined to the core's actor.
final class HubHost {
    let id: HostID
    /// Its place among the hub's hosts, for tables that are looked into at every tick.
    let number: Int
    /// How it is reached, and what is known of it beforehand.
    var target: HostTarget
    var summary: HostSummary
    var deriver: SignalDeriver
    /// The head's series by the session's index, and the keys to ask for them again.
    var stored: [StoredSample?] = []
    /// By the session's index: the keys of histograms.
    var histogramKeys: [Int32: SeriesKey] = [:]
    /// What the last tick gives, until its histograms have come.
    private var pending: Step?
    /// The times of the last ticks, sixty of them at most.
    private var tickTimes: [Timestamp] = []
    /// The head's series by the signal's number.
    var storedSignals: [Head.SeriesID?] = []
    /// The head's series `up`.
    var up: Head.SeriesID?
    var facts: HostFacts?
    /// What it recorded.
    var past = PastLedger()
    /// The first tick of this session.
    private var firstTick: Timestamp?
    /// How long this session's ticks are under way.
    private var delay = TickDelay()
    /// Whether the last tick was held up under way: it is of the past. What logs tell late says nothing of that.
    private(set) var isHeldUp = false
    /// When its agent said hello last, by the hub's steady clock.
    var greetedAt: Int64?
    /// By the hub's clock.
    var lastFrame: Timestamp?
    /// The last tick's own time, to see a clock that was set back.
    var lastTick: Timestamp?
    /// How far the host's clock is ahead of the hub's, in whole seconds: what is asked of several hosts at one moment is asked of
    /// each by its own. A difference that a slow link may make is none, as is one of centuries.
    private(set) var aheadMilliseconds: Int64 = 0
    private static let aheadMillisecondsRange: Range<UInt64> = 5000..<3_155_760_000_000
    var send: (@Sendable ([UInt8]) async -> Void)?
    /// Screens that show this host whole.
    var watchers = 0
    /// Screens that show its lines.
    var lineWatchers = 0
    /// After how long a silence `HostSilent` tells of it.
    var silentAfterSeconds: Double { Double(target.silentAfterMilliseconds) / 1000 }
    /// By what selectors take it.
    var attributes: HostAttributes {
        HostAttributes(
            name: id.name, groups: summary.groups, tags: Labels(summary.tags.map { Label($0.key, $0.value) }))
    }
    /// Whether its source has ever delivered or failed: before that nothing is known of it.
    var wasDialled = false
    /// How often a source ended for each reason's name.
    var endings: [String: UInt64] = [:]
    /// Milliseconds for which its pipe was not read because it flooded.
    var pausedMilliseconds: Int64 = 0

    /// A series of the host, and where the archive keeps it; nil before its first sample is put there.
    struct StoredSample {
        let key: SeriesKey
        let isCounter: Bool
        var id: Head.SeriesID?
    }

    /// What one tick gives to screens.
    struct Step {
        let time: Timestamp
        /// Whether it was learned late: it is drawn, and no rule looks at it.
        let isLate: Bool
        /// Whether it is late because it was held up under way: unlike what logs tell late, it is of all that the host has.
        let isHeldUp: Bool
        var readings: [SignalDeriver.Reading]
        /// Signals' numbers that have no value from this tick on.
        let lost: [Int32]
        /// Signals' numbers that mean others from this tick on.
        var recycled: [Int32]
        var histograms: [(number: Int32, observed: ExponentialHistogram)] = []
    }

    init(_ command: SourceCommand, number: Int, signalsMax: Int) {
        id = command.host
        target = command.target
        self.number = number
        deriver = SignalDeriver(signalsMax: signalsMax)
        summary = HostSummary(
            host: command.host.name, source: command.summary, state: .connecting)
        summary.take(command.target)
    }

    func define(_ series: SeriesDescription, in head: inout Head) {
        let index = Int(series.index)
        guard index >= 0, index < HubSession.seriesMax else { return }
        deriver.define(series.index, series.definition)
        while stored.count <= index { stored.append(nil) }
        stored[index] = nil
        histogramKeys[series.index] = nil
        guard series.definition.type != .histogram else {
            histogramKeys[series.index] = series.definition.key
            return
        }
        let isCounter = series.definition.type == .counter
        stored[index] = StoredSample(
            key: series.definition.key, isCounter: isCounter,
            id: head.id(id, series.definition.key, isCounter: isCounter))
    }

    /// The source began anew: what its indices meant is forgotten.
    func beginSession() {
        noteSession()
        past.heardThrough = lastTick
        delay = TickDelay()
        isHeldUp = false
        deriver.beginSession()
        stored = []
        histogramKeys = [:]
        tickTimes = []
    }

    /// What was heard in the session that ends needs not be asked for.
    func noteSession() {
        if let firstTick, let lastTick { past.noteLive(from: firstTick, to: lastTick) }
        firstTick = nil
    }

    func retire(_ index: Int32) {
        if stored.indices.contains(Int(index)) { stored[Int(index)] = nil }
        histogramKeys[index] = nil
        deriver.retire(index)
    }

    /// Puts a tick's samples and the signals they give into the head; what screens are to be told waits for its histograms.
    /// A tick that came now by the hub's clock.
    func take(_ tick: Tick, by clock: HubClock, into head: inout Head) {
        if !tick.isLate {
            isHeldUp = delay.isHeldUp(tick, at: clock.bootMilliseconds())
            if let last = lastTick, last.milliseconds(since: tick.time) > Self.stepBackMilliseconds {
                head.forget(id, after: tick.time)
            }
            lastTick = tick.time
            if !isHeldUp { compare(tick.time, with: clock.now()) }
            if firstTick == nil || tick.time < firstTick ?? tick.time { firstTick = tick.time }
        }
        for sample in tick.samples {
            let index = Int(sample.index)
            guard stored.indices.contains(index), let series = stored[index] else { continue }
            let time = tick.time.advanced(byMilliseconds: Int64(sample.ageMilliseconds))
            if let known = series.id, head.append(known, time, sample.value) { continue }
            // The head forgot a series that was silent for days, or had no room for it.
            stored[index]?.id = head.id(id, series.key, isCounter: series.isCounter)
            if let found = stored[index]?.id { head.append(found, time, sample.value) }
        }
        let recycled = takeRecycled()
        let readings = deriver.readings(tick)
        let time = TrafficDeriver.onTheSecond(tick.time)
        for number in deriver.opened {
            store(SignalDeriver.Reading(number: number, value: .nan), at: time, in: &head)
        }
        for (number, since) in deriver.begun { storeZeros(number, since: since, before: time, in: &head) }
        for reading in readings { store(reading, at: time, in: &head) }
        tickTimes.append(time)
        if tickTimes.count > Self.tickTimesMax { tickTimes.removeFirst() }
        pending = Step(
            time: time, isLate: tick.isLate || isHeldUp, isHeldUp: isHeldUp && !tick.isLate,
            readings: readings, lost: deriver.lost, recycled: recycled)
    }

    /// How far its clock is ahead.
    private func compare(_ time: Timestamp, with now: Timestamp) {
        let ahead = time.milliseconds(since: now)
        let isApart = Self.aheadMillisecondsRange.contains(ahead.magnitude)
        aheadMilliseconds = isApart ? (ahead + (ahead < 0 ? -500 : 500)) / 1000 * 1000 : 0
    }

    /// Puts what a histogram observed since its last state into the head.
    func take(_ state: ExponentialHistogram, _ index: Int32, into head: inout Head) {
        guard let time = pending?.time, let key = histogramKeys[index],
            case .observed(let number, let observed) = deriver.step(index, state)
        else { return }
        head.append(observed, of: key, id, at: time)
        if number >= 0 { pending?.histograms.append((number, observed)) }
    }

    /// What is to be told of the last tick, once, with what its histograms add.
    func takeStep(into head: inout Head) -> Step? {
        guard var step = pending else { return nil }
        pending = nil
        let readings = deriver.serviceReadings()
        step.recycled += takeRecycled()
        for reading in readings { store(reading, at: step.time, in: &head) }
        step.readings += readings
        return step
    }

    private static let tickTimesMax = 60

    /// A series that comes late was zero in the ticks before: without them the mean of its first step would be too high.
    private func storeZeros(_ number: Int32, since: Timestamp, before end: Timestamp, in head: inout Head) {
        store(SignalDeriver.Reading(number: number, value: .nan), at: since, in: &head)
        // Late ticks came behind those of a later moment.
        for time in tickTimes.sorted() where time > since && time < end {
            store(SignalDeriver.Reading(number: number, value: 0), at: time, in: &head)
        }
    }

    private func store(_ reading: SignalDeriver.Reading, at time: Timestamp, in head: inout Head) {
        let number = Int(reading.number)
        while storedSignals.count <= number { storedSignals.append(nil) }
        if let known = storedSignals[number], head.append(known, time, reading.value) { return }
        guard let signal = deriver.signals[number] else { return }
        storedSignals[number] = head.id(
            id, Self.seriesKey(signal), isCounter: false, isRate: TrafficSignals.rates.contains(signal.name))
        if let found = storedSignals[number] { head.append(found, time, reading.value) }
    }

    /// Signals' numbers that mean others now.
    private func takeRecycled() -> [Int32] {
        let numbers = deriver.takeRecycled()
        for number in numbers where storedSignals.indices.contains(Int(number)) {
            storedSignals[Int(number)] = nil
        }
        return numbers
    }

    /// A clock that is slewed steps back by less; one that was set back takes what came after with it.
    static let stepBackMilliseconds: Int64 = 1000

    // MARK: Signals lie in the head beside raw series

    /// A colon is no part of an exporter's names, as in recording rules.
    private static let signalPrefix = "signal:"

    static func seriesKey(_ signal: SignalKey) -> SeriesKey {
        SeriesKey(signalPrefix + signal.name, signal.labels)
    }

    /// The signal that a series of the head is; nil for a raw series.
    static func signalName(_ name: String) -> String? {
        name.hasPrefix(signalPrefix) ? String(name.dropFirst(signalPrefix.count)) : nil
    }
}
