/// How long until a dead source is started again: 1, 2, 4 … 60 seconds, each by up to half more or less.
package struct Backoff: Sendable {
    private let firstMilliseconds: Int64
    private var failures: Int64 = 0

    package init(firstMilliseconds: Int64 = 1000) {
        self.firstMilliseconds = firstMilliseconds
    }

    /// The wait after one more failure, in milliseconds; `chance` is drawn from 0..<1.
    package mutating func next(chance: Double) -> Int64 {
        let times: Int64 = min(60, 1 << min(failures, 6))
        failures += 1
        let wait = Double(times &* firstMilliseconds)
        return Int64(wait * (0.5 + chance))
    }

    /// The source was well: the next failure is the first again.
    package mutating func succeed() {
        failures = 0
    }
}
