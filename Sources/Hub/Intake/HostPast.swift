import Archive
import Fleet
import Telemetry
import Wire

/// One answer of a host's recorder as it comes: its frames are a session of their own, of which samples and signals are
/// gathered for the head.
///
/// The signals are worked out as they were when they were new: rates of counters over the time between two ticks. No rule
/// looks at any of it.
struct HostPast {
    private var decoder = FrameDecoder(seriesMax: HubSession.seriesMax)
    private var deriver: SignalDeriver
    /// By the session's index: the place of a series, and the key of a histogram.
    private var places: [Int?] = []
    private var histogramKeys: [Int32: SeriesKey] = [:]
    /// By the signal's number.
    private var signalPlaces: [Int?] = []
    /// What the last tick gives, until its histograms have come.
    private var time: Timestamp?
    private(set) var samples = PastSamples()
    private(set) var bytes = 0
    private(set) var ticks = 0
    /// The shortest distance of two ticks: an answer that would have been too long is coarser than was asked.
    private(set) var stepMilliseconds: Int64?
    /// To see a clock that was set back.
    private var lastTick: Timestamp?

    /// An answer is half a MiB at most.
    private static let bytesMax = 4 << 20

    init(signalsMax: Int) { deriver = SignalDeriver(signalsMax: signalsMax) }

    /// Takes the next portion; false for one that cannot be read, after which the answer is over.
    mutating func take(_ frames: [UInt8]) -> Bool {
        bytes += frames.count
        guard bytes <= Self.bytesMax else { return false }
        decoder.append(frames)
        do throws(WireError) {
            while let message = try decoder.next() {
                if message.isInReach { take(message) }
            }
        } catch {
            return false
        }
        return true
    }

    /// Nothing more comes.
    mutating func finish() { closeTick() }

    private mutating func take(_ message: WireMessage) {
        switch message {
        case .define(let series): define(series)
        case .retire(let index):
            if places.indices.contains(Int(index)) { places[Int(index)] = nil }
            histogramKeys[index] = nil
            deriver.retire(index)
        case .tick(let tick):
            closeTick()
            take(tick)
        case .histogram(let index, let state): take(state, index)
        case .processes(_, let table): samples.append(table)
        case .event(let event):
            samples.append(
                HostEvent(time: event.time, kind: event.kind, labels: event.labels, text: event.text))
        case .facts, .have, .report, .actions, .output, .past, .hello, .liveBegins, .goodbye, .subscribe,
            .resume, .replay,
            .credit, .acknowledge, .order, .cancel, .configuration:
            break
        }
    }

    private mutating func define(_ series: SeriesDescription) {
        let index = Int(series.index)
        guard index >= 0, index < HubSession.seriesMax else { return }
        deriver.define(series.index, series.definition)
        while places.count <= index { places.append(nil) }
        places[index] = nil
        histogramKeys[series.index] = nil
        guard series.definition.type != .histogram else {
            histogramKeys[series.index] = series.definition.key
            return
        }
        places[index] = samples.place(
            of: series.definition.key, isCounter: series.definition.type == .counter)
    }

    private mutating func take(_ tick: Tick) {
        ticks += 1
        if !tick.isLate {
            if let last = lastTick, last.milliseconds(since: tick.time) > HubHost.stepBackMilliseconds {
                samples.forget(after: tick.time)
            }
            if let last = lastTick, tick.time > last {
                let distance = tick.time.milliseconds(since: last)
                stepMilliseconds = min(stepMilliseconds ?? distance, distance)
            }
            lastTick = tick.time
        }
        for sample in tick.samples {
            guard places.indices.contains(Int(sample.index)), let place = places[Int(sample.index)] else {
                continue
            }
            samples.append(
                place, tick.time.advanced(byMilliseconds: Int64(sample.ageMilliseconds)), sample.value)
        }
        let readings = deriver.readings(tick)
        forgetRecycled()
        let time = TrafficDeriver.onTheSecond(tick.time)
        for number in deriver.opened {
            store(SignalDeriver.Reading(number: number, value: .nan), at: time)
        }
        for (number, since) in deriver.begun {
            store(SignalDeriver.Reading(number: number, value: .nan), at: since)
        }
        for reading in readings { store(reading, at: time) }
        self.time = time
    }

    private mutating func take(_ state: ExponentialHistogram, _ index: Int32) {
        guard let time, let key = histogramKeys[index],
            case .observed(_, let observed) = deriver.step(index, state)
        else { return }
        samples.append(observed, of: key, at: time)
    }

    private mutating func closeTick() {
        guard let time else { return }
        self.time = nil
        let readings = deriver.serviceReadings()
        forgetRecycled()
        for reading in readings { store(reading, at: time) }
    }

    private mutating func forgetRecycled() {
        for number in deriver.takeRecycled() where signalPlaces.indices.contains(Int(number)) {
            signalPlaces[Int(number)] = nil
        }
    }

    private mutating func store(_ reading: SignalDeriver.Reading, at time: Timestamp) {
        let number = Int(reading.number)
        while signalPlaces.count <= number { signalPlaces.append(nil) }
        if signalPlaces[number] == nil, let signal = deriver.signals[number] {
            signalPlaces[number] = samples.place(
                of: HubHost.seriesKey(signal), isCounter: false,
                isRate: TrafficSignals.rates.contains(signal.name))
        }
        if let place = signalPlaces[number] { samples.append(place, time, reading.value) }
    }
}
