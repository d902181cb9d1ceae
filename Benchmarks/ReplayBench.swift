import Telemetry
import TestSupport
import Wire

/// Bytes until the last hour of a host is drawn: what its recorder answers to a hub that connects, ten minutes by the
/// second and fifty by ten. 300 series, of which thirty move each second.
struct ReplayBench {
    private static let groups = 20
    private static let slots = 15
    private static let moving = 30
    private static let start: Int64 = 1_800_000_000_000

    func rows() -> [Row] {
        let segment = recording()
        let hour = bytes(of: segment, from: 0, to: 3000, stepSeconds: 10)
        let recent = bytes(of: segment, from: 3000, to: 3600, stepSeconds: 1)
        return [
            Row(
                "bytes until the last hour is drawn, 300 series", "ReplayEncoder", "KiB",
                (hour + recent) / 1024,
                goal: 1024)
        ]
    }

    private func bytes(of segment: [UInt8], from: Int64, to: Int64, stepSeconds: Int64) -> Double {
        var replay = ReplayEncoder(
            from: Timestamp(milliseconds: Self.start + from * 1000),
            to: Timestamp(milliseconds: Self.start + to * 1000), stepMilliseconds: stepSeconds * 1000)
        replay.take(segment: segment)
        replay.finish()
        return Double(replay.drain().count)
    }

    private func recording() -> [UInt8] {
        var random = SeededRandom(seed: 1)
        var encoder = SampleEncoder()
        for group in 0..<Self.groups {
            _ = encoder.addGroup("probe\(group)")
            for slot in 0..<Self.slots {
                let key = SeriesKey("node_example_\(group)_total", Labels([Label("device", "d\(slot)")]))
                encoder.define(SeriesDefinition(key, .counter, .one), slot: slot, group: group)
            }
        }
        var values = Array(
            repeating: Array(repeating: Int64(1_000_000), count: Self.slots), count: Self.groups)
        for second in 1...Int64(3600) {
            let series = (0..<Self.groups * Self.slots).shuffled(using: &random).prefix(Self.moving)
            for place in series {
                values[place / Self.slots][place % Self.slots] += Int64.random(in: 1...10_000, using: &random)
            }
            encoder.beginTick(
                at: Timestamp(milliseconds: Self.start + second * 1000), bootMilliseconds: second * 1000,
                isSnapshot: false)
            for group in 0..<Self.groups {
                let moved = values[group]
                encoder.append(group: group, values: moved.span, ageMilliseconds: 1)
            }
            encoder.endTick()
        }
        return encoder.drain { $0.withUnsafeBufferPointer { Array($0) } }
    }
}
