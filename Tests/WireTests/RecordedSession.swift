import Foundation
import Telemetry
import TestSupport
import Wire

/// The sessions whose bytes are kept for each release in Tests/Fixtures/frames/VERSION/NAME.hex.
///
/// A later release must read them. `MARTLET_RERECORD=1 swift test --filter RecordedFrames` writes those of
/// this release anew; a release that is out is never written again.
enum RecordedSession: String, CaseIterable {
    /// The example of docs/wire.md: hello, two series, two ticks.
    case example
    /// Every message that needs no session, from either side.
    case messages
    /// Ticks with all layouts, doubles, histograms, retirement and a second snapshot.
    case ticks

    var bytes: [UInt8] {
        switch self {
        case .example: Self.exampleSession()
        case .messages: everyMessage.flatMap { FrameEncoder.frame($0) }
        case .ticks: Self.tickSession()
        }
    }

    private static func exampleSession() -> [UInt8] {
        var encoder = SampleEncoder()
        encoder.append(
            .hello(Hello(program: "martlet-agent", programVersion: "0.1.0", host: "web1", nonce: 0x1234)))
        let group = encoder.addGroup("stat")
        let user = SeriesKey("node_cpu_seconds_total", ["cpu": "0", "mode": "user"])
        encoder.define(
            SeriesDefinition(user, .counter, .ratio(multiplier: 1, divisor: 100)), slot: 0, group: group)
        encoder.define(SeriesDefinition(SeriesKey("node_load1"), .gauge, .double), slot: 1, group: group)
        for (second, ticks, load) in [(0, 4000, 1.5), (1, 4007, 1.5)] as [(Int64, Int64, Double)] {
            encoder.beginTick(
                at: Timestamp(milliseconds: 1_793_000_000_000 + second * 1000),
                bootMilliseconds: 60_000 + second * 1000, isSnapshot: false)
            let raws = [ticks, Int64(bitPattern: load.bitPattern)]
            encoder.append(group: group, raws, ageMilliseconds: 1)
            encoder.endTick()
        }
        return encoder.bytes
    }

    private static func tickSession() -> [UInt8] {
        var encoder = SampleEncoder()
        var random = SeededRandom(seed: 100)
        let groups = ["wide", "doubles", "requests"].map { encoder.addGroup($0) }
        for slot in 0..<40 {
            let key = SeriesKey("node_wide_total", ["slot": "\(slot)"])
            encoder.define(SeriesDefinition(key, .counter), slot: slot, group: groups[0])
        }
        for slot in 0..<3 {
            let key = SeriesKey("node_double", ["slot": "\(slot)"])
            encoder.define(SeriesDefinition(key, .gauge, .double), slot: slot, group: groups[1])
        }
        let seconds = SeriesKey("martlet_http_request_duration_seconds", ["service": "web"])
        encoder.define(SeriesDefinition(seconds, .histogram), slot: 0, group: groups[2])
        var wide = [Int64](repeating: 7, count: 40)
        var histogram = ExponentialHistogram()
        for tick in 0..<8 {
            // None, few, half and all of the slots move.
            for slot in 0..<[0, 2, 20, 40][tick % 4] { wide[slot] += Int64(slot * 1000 + 1) }
            if tick == 5 { encoder.retire(slot: 39, group: groups[0]) }
            histogram.observe(Double(Int.random(in: 1...900, using: &random)) / 64)
            let doubles = [Double(tick) / 3, .infinity, -1].map { Int64(bitPattern: $0.bitPattern) }
            encoder.beginTick(
                at: Timestamp(milliseconds: 1_793_000_000_000 + Int64(tick) * 1000),
                bootMilliseconds: Int64(tick) * 1000, isSnapshot: tick == 6)
            encoder.append(group: groups[0], wide)
            encoder.append(group: groups[1], doubles, ageMilliseconds: 2)
            encoder.append(histogram: histogram, slot: 0, group: groups[2])
            encoder.endTick()
        }
        return encoder.bytes
    }
}

/// Bytes as lines of 32 hexadecimal pairs.
enum Hex {
    static func text(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: bytes.count, by: 32).map { start in
            bytes[start..<min(start + 32, bytes.count)]
                .map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined(separator: " ") + "\n"
        }.joined()
    }

    static func bytes(_ text: String) -> [UInt8]? {
        let pairs = text.split { $0 == " " || $0 == "\n" }
        let bytes = pairs.compactMap { UInt8($0, radix: 16) }
        return bytes.count == pairs.count ? bytes : nil
    }
}
