import Telemetry
import TestSupport
import Wire

/// Inputs for the seeded run: whole sessions with a few bytes changed, cut, doubled or moved.
struct FrameMutator {
    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func next() -> [UInt8] {
        let mode = UInt8.random(in: 0...255, using: &random)
        // Payloads of a session, for the oracle to frame anew, or its stream as it is.
        var bytes = mode & 1 == 0 ? session() : payloads(session())
        for _ in 0..<Int.random(in: 0...4, using: &random) { mutate(&bytes) }
        return [mode] + bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<5, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[place] = [0, 1, 0x7F, 0x80, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 3))
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
        default: bytes.removeSubrange(place...)
        }
    }

    /// Hello, ticks of two groups with a histogram, an event, a retirement, a snapshot.
    private mutating func session() -> [UInt8] {
        var encoder = SampleEncoder()
        encoder.append(.hello(Hello(program: "fuzz", programVersion: "0", host: "h", nonce: 7)))
        var values: [Int64] = [1, 2, 3, 4]
        let first = encoder.addGroup("a")
        let second = encoder.addGroup("b")
        for slot in 0..<4 {
            let key = SeriesKey("series", ["slot": "\(slot)"])
            let scale: SampleScale = slot % 2 == 0 ? .one : .double
            encoder.define(SeriesDefinition(key, .gauge, scale), slot: slot, group: first)
        }
        encoder.define(SeriesDefinition(SeriesKey("seconds"), .histogram), slot: 0, group: second)
        var histogram = ExponentialHistogram()
        for tick in 0..<4 {
            values[tick] &+= Int64.random(in: -500...500, using: &random)
            histogram.observe(Double.random(in: 0...9, using: &random))
            if tick == 2 { encoder.retire(slot: 3, group: first) }
            encoder.beginTick(at: Timestamp(milliseconds: Int64(tick)), isSnapshot: tick == 3)
            encoder.append(group: first, values: values.span, ageMilliseconds: 1)
            encoder.append(histogram: histogram, slot: 0, group: second)
            encoder.endTick()
        }
        encoder.append(.order(Order(id: "1", action: "restart", parameters: ["unit": "web"])))
        encoder.append(.output(OutputPart(id: "1", offset: 7, bytes: Array("done".utf8))))
        encoder.append(
            .report(
                Report(
                    id: "1", state: .ended, exitStatus: -15, text: "x", cause: .timeout,
                    startedAt: Timestamp(milliseconds: 1), endedAt: Timestamp(milliseconds: 2),
                    outputBytes: 11)))
        encoder.append(.actions(Self.actions))
        return encoder.bytes
    }

    private static let actions: HostActions = {
        let type = try? ActionParameter("choice a|b default a")
        let parameters = type.map { [DeclaredAction.Parameter(name: "mode", type: $0)] } ?? []
        return HostActions(
            actions: [DeclaredAction(name: "deploy", about: "x", danger: .destroy, parameters: parameters)])
    }()

    private func payloads(_ stream: [UInt8]) -> [UInt8] {
        var found: [UInt8] = []
        var rest = stream[...]
        while rest.count >= 8 {
            let header = Array(rest.prefix(8))
            let length = Int(header[4]) | Int(header[5]) << 8
            if length < 256 { found += [header[3], UInt8(length)] + rest.dropFirst(8).prefix(length) }
            rest = rest.dropFirst(length + 12)
        }
        return found
    }
}
