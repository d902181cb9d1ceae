import TestSupport
import Testing

@testable import Hub

@Suite struct `A sliding window` {
    /// All that came, summed up anew whenever somebody asks.
    private struct Reference {
        let width: Int64
        var came: [(part: Int64, value: Double, weight: Double)] = []
        var newest = Int64.min

        mutating func add(_ value: Double, _ weight: Double, at time: Int64) {
            advance(to: time)
            came.append((newest, value, weight))
        }

        mutating func advance(to time: Int64) {
            let part = time / width
            if part < newest { came = [] }
            newest = part
            came.removeAll { newest - $0.part >= Int64(SlidingWindow.parts) }
        }

        var weight: Double { came.reduce(0) { $0 + $1.weight } }
        var sum: Double { came.reduce(0) { $0 + $1.value * $1.weight } }
        var means: [Double] {
            Dictionary(grouping: came, by: \.part).values.map { part in
                part.reduce(0) { $0 + $1.value * $1.weight } / part.reduce(0) { $0 + $1.weight }
            }.sorted()
        }
    }

    @Test(arguments: UInt64(1)...40) func `has what came within it, whatever steps the time takes`(
        _ seed: UInt64
    ) {
        var random = SeededRandom(seed: seed)
        let milliseconds: Int64 = [30, 60_000, 300_000].randomElement(using: &random) ?? 60_000
        var window = SlidingWindow(milliseconds: milliseconds, keeping: .parts)
        var extremes = SlidingWindow(milliseconds: milliseconds, keeping: .extremes)
        var reference = Reference(width: max(1, milliseconds / 60))
        // Every fourth begins with the clock, as a hub does that starts with its host.
        var time = seed % 4 == 0 ? 0 : Int64.random(in: 0...1_900_000_000_000, using: &random)
        for _ in 0..<2000 {
            switch Int.random(in: 0..<100, using: &random) {
            case 0: time += milliseconds * Int64.random(in: 1...3, using: &random)
            case 1: time = max(0, time - Int64.random(in: 0...milliseconds, using: &random))
            case 2...20: time += milliseconds / 7
            default: time += Int64.random(in: 0...max(1, milliseconds / 50), using: &random)
            }
            if Int.random(in: 0..<4, using: &random) == 0 {
                window.advance(to: time)
                extremes.advance(to: time)
                reference.advance(to: time)
            } else {
                // Whole numbers, so that the order in which they are summed up makes no difference.
                let value = Double(Int.random(in: 0...1_000_000, using: &random))
                let weight = Double(Int.random(in: 1...9, using: &random))
                window.add(value, weight: weight, at: time)
                extremes.add(value, weight: weight, at: time)
                reference.add(value, weight, at: time)
            }
            #expect(window.sum == reference.sum && window.weight == reference.weight)
            #expect(extremes.sum == reference.sum && extremes.weight == reference.weight)
            let (values, means) = (reference.came.map(\.value), reference.means)
            guard let least = values.min(), let greatest = values.max() else {
                #expect(window.mean.isNaN && extremes.least.isNaN && window.quantile(0.5).isNaN)
                continue
            }
            #expect(extremes.least == least && extremes.greatest == greatest)
            #expect(window.quantile(0) == means.first && window.quantile(1) == means.last)
        }
    }

    @Test func `has nothing left of a great value that is past`() {
        var window = SlidingWindow(milliseconds: 60_000)
        for second in 0..<200 as Range<Int64> {
            window.add(second == 20 ? 1e18 : 0.1, at: second * 1000)
            // A tenth has no exact form: sums that take away what went would be off by hundreds.
            guard second >= 80 else { continue }
            #expect(abs(window.sum - 6) < 1e-12)
        }
        for second in 200..<260 as Range<Int64> { window.add(0, at: second * 1000) }
        #expect(window.sum == 0)
    }
}
