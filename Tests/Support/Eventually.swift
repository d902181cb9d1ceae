import Dispatch
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

    /// The same for a condition that is asked for across tasks; it keeps no thread from the tasks that bring it about.
    package static func comes(
        within seconds: Double = 20, _ condition: () async throws -> Bool
    ) async rethrows -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while true {
            if try await condition() { return true }
            guard ContinuousClock.now < deadline else { return false }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20)) {
                    continuation.resume()
                }
            }
        }
    }
}
