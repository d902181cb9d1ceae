import Glibc

/// Waits for a condition with a deadline, looking every few milliseconds; tests never sleep for a guessed time.
package enum Eventually {
    /// Whether `condition` held before `seconds` had passed.
    package static func holds(within seconds: Double = 20, _ condition: () throws -> Bool) rethrows -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if try condition() { return true }
            guard ContinuousClock.now < deadline else { return false }
            poll(nil, 0, 20)
        }
    }
}
