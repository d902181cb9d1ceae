import Telemetry
import Wire

/// The frames of an agent that counts in logs: counters and histograms come into being as a test names them.
struct RequestAgent {
    private var encoder = SampleEncoder()
    private let group: Int
    private var slots: [SeriesKey: Int] = [:]
    private var values: [Int64] = []

    init() {
        group = encoder.addGroup("logs")
    }

    /// One tick with counters' totals and histograms' states.
    mutating func tick(
        _ time: Timestamp, _ counters: [(SeriesKey, Double)],
        _ histograms: [(SeriesKey, ExponentialHistogram)] = [], isLate: Bool = false
    ) -> [UInt8] {
        for (key, value) in counters {
            let slot = slot(of: key, .counter)
            values[slot] = Int64(bitPattern: value.bitPattern)
        }
        let states = histograms.map { (slot(of: $0.0, .histogram), $0.1) }
        encoder.beginTick(at: time, isSnapshot: false, isLate: isLate)
        let raw = values
        encoder.append(group: group, values: raw.span, ageMilliseconds: 0)
        for (slot, state) in states { encoder.append(histogram: state, slot: slot, group: group) }
        encoder.endTick()
        return encoder.drain { $0.withUnsafeBufferPointer { Array($0) } }
    }

    private mutating func slot(of key: SeriesKey, _ type: MetricType) -> Int {
        if let slot = slots[key] { return slot }
        let slot = values.count
        values.append(SampleScale.double.absent)
        slots[key] = slot
        encoder.define(SeriesDefinition(key, type, .double), slot: slot, group: group)
        return slot
    }

    static func event(_ time: Timestamp, _ kind: String, _ labels: Labels, _ text: String) -> [UInt8] {
        FrameEncoder.frame(.event(WireEvent(time: time, kind: kind, labels: labels, text: text)))
    }

    static func messages(_ bytes: [UInt8]) throws -> [WireMessage] {
        var decoder = FrameDecoder()
        decoder.append(bytes)
        var messages: [WireMessage] = []
        while let message = try decoder.next() { messages.append(message) }
        return messages
    }

    static func requests(_ route: String, _ code: String, service: String = "shop") -> SeriesKey {
        SeriesKey(
            "martlet_http_requests_total",
            ["service": service, "route": route, "method": "GET", "code": code])
    }

    static func duration(_ route: String, service: String = "shop") -> SeriesKey {
        SeriesKey(
            "martlet_http_request_duration_seconds", ["service": service, "route": route, "method": "GET"])
    }
}
