import Dashboard
import Telemetry
import TestSupport
import Testing

@Suite struct `A latency heatmap` {
    @Test(arguments: UInt64(1)...20)
    func `has each bucket in the one row whose bounds hold it`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let low = Int32.random(in: -2047...2000, using: &random)
        let high = Int32.random(in: low...2048, using: &random)
        let bands = LatencyBands(low...high, rows: Int.random(in: 1...40, using: &random))
        for bucket in stride(from: Int32(-2047), through: 2048, by: 13) {
            let row = bands.row(of: bucket)
            #expect(bands.buckets(ofRow: row).contains(bucket), "seed \(seed), bucket \(bucket)")
            #expect((0..<bands.rows).filter { bands.buckets(ofRow: $0).contains(bucket) } == [row])
        }
        for row in 0..<bands.rows - 1 {
            #expect(bands.buckets(ofRow: row).upperBound == bands.buckets(ofRow: row + 1).lowerBound)
        }
    }

    @Test func `shows all that was observed, in as many rows as it has`() {
        for (low, high) in [(-300, -10), (0, 0), (-2047, 2048), (31, 32), (-1, 1)] as [(Int32, Int32)] {
            for rows in [2, 5, 8, 24] {
                let bands = LatencyBands(low...high, rows: rows)
                #expect(
                    bands.suffices(for: low...high, rows: rows) || rows > 20, "\(low)...\(high) in \(rows)")
                #expect(bands.row(of: high) - bands.row(of: low) < rows)
            }
        }
    }

    @Test func `has rows that begin at powers of two of a second`() {
        let bands = LatencyBands(-200...64, rows: 12)
        #expect(bands.bucketsPerRow == 32)
        for row in 0..<12 {
            let bucket = ExponentialHistogram.index(of: bands.seconds(atRow: row) * 1.01)
            #expect(bands.row(of: bucket) == row)
        }
    }

    @Test func `has one scale that grows at once, shrinks late, and stands still when it is frozen`() {
        var scale = HeatScale()
        scale.follow(4100)
        #expect(scale.top == 5000)
        scale.follow(1300)
        #expect(scale.top == 5000)
        scale.follow(1100)
        #expect(scale.top == 2000)
        scale.toggleFrozen()
        scale.follow(90_000)
        #expect(scale.top == 2000)
        #expect(scale.share(of: 90_000) == 1)
        #expect(scale.share(of: 0) == nil)
        #expect(HeatScale.rounded(.max) == .max)
    }
}
