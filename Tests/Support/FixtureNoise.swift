/// Smooth noise that any moment can be asked for: the same seed, channel and time give the same value.
struct FixtureNoise: Sendable {
    let seed: UInt64

    /// Around 0.5, between 0 and 1; turns within about `period` seconds, with finer ripples on it.
    func callAsFunction(_ channel: Int, _ seconds: Double, period: Double = 40) -> Double {
        let wave =
            smooth(channel, seconds / period) * 0.6 + smooth(channel &+ 7919, seconds / period * 5) * 0.3
        return wave + smooth(channel &+ 104_729, seconds) * 0.1
    }

    /// 0 to 1 for whole places, the same for the same place.
    func value(_ channel: Int, _ place: Int) -> Double {
        let mixed =
            seed ^ UInt64(bitPattern: Int64(channel)) &* 0x9E37_79B9 ^ UInt64(bitPattern: Int64(place)) << 20
        var random = SeededRandom(seed: mixed)
        return Double(random.next() >> 11) / Double(1 << 53)
    }

    private func smooth(_ channel: Int, _ place: Double) -> Double {
        let start = place.rounded(.down)
        let part = place - start
        let weight = part * part * (3 - 2 * part)
        let first = value(channel, Int(start))
        return first + (value(channel, Int(start) + 1) - first) * weight
    }
}
