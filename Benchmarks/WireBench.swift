import Telemetry
import TestSupport
import Wire

/// Bytes of a tick on the pipe: 300 integer series in 20 probes, counters that move as a machine's do.
struct WireBench {
    private static let groups = 20
    private static let slots = 15
    private static let ticks = 200

    func rows() -> [Row] {
        [
            Row("bytes per tick, 300 series, 30 moved", "SampleEncoder", "B", bytes(moving: 30), goal: 150),
            Row("bytes per tick, 300 series, all moved", "SampleEncoder", "B", bytes(moving: 300), goal: 700),
        ]
    }

    /// The median tick in which `moving` series move by 1…10,000, small steps more often than large ones.
    private func bytes(moving: Int) -> Double {
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
        var sizes: [Double] = []
        for tick in 0..<Self.ticks {
            let series = (0..<Self.groups * Self.slots).shuffled(using: &random).prefix(moving)
            for place in series {
                let limit: Int64 = [4, 16, 64, 256, 1024, 10_000].randomElement(using: &random) ?? 4
                values[place / Self.slots][place % Self.slots] += Int64.random(in: 1...limit, using: &random)
            }
            let time = Timestamp(milliseconds: 1_800_000_000_000 + Int64(tick) * 1000)
            encoder.beginTick(at: time, bootMilliseconds: Int64(tick) * 1000, isSnapshot: false)
            for group in 0..<Self.groups {
                let moved = values[group]
                encoder.append(group: group, values: moved.span, ageMilliseconds: 1)
            }
            encoder.endTick()
            let size = encoder.drain { $0.count }
            if tick > 0 { sizes.append(Double(size)) }
        }
        return median(sizes)
    }
}
