/// How long until a dead source is started again: 1, 2, 4 … 60 seconds, each by up to half more or less.
package struct Backoff: Sendable {
    private var failures = 0

    package init() {}

    /// The wait after one more failure, in milliseconds; `chance` is drawn from 0..<1.
    package mutating func next(chance: Double) -> Int64 {
        let seconds = min(60.0, Double(1 << min(failures, 6)))
        failures += 1
        return Int64(seconds * 1000 * (0.5 + chance))
    }

    /// The source gave a frame: the next failure is the first again.
    package mutating func succeed() {
        failures = 0
    }
}
