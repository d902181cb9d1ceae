import Dispatch
import Glibc

/// Waits for a condition with a deadline, looking every few milliseconds; tests never sleep for a guessed time.
///
/// Where others keep all threads busy the deadline passes while nobody looks: it counts only after so many looks.
package enum Eventually {
    private static let looksMin = 50

    /// Whether `condition` held before `seconds` had passed.
    package static func holds(within seconds: Double = 20, _ condition: () throws -> Bool) rethrows -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var looks = 0
        while true {
            if try condition() { return true }
            looks += 1
            guard ContinuousClock.now < deadline || looks < looksMin else { return false }
            poll(nil, 0, 20)
        }
    }

    /// The same for a condition that is asked for across tasks; it keeps no thread from the tasks that bring it about.
    package static func comes(
        within seconds: Double = 20, _ condition: () async throws -> Bool
    ) async rethrows -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var looks = 0
        while true {
            if try await condition() { return true }
            looks += 1
            guard ContinuousClock.now < deadline || looks < looksMin else { return false }
            await withCheckedContinuation { continuation in
                DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(20)) {
                    continuation.resume()
                }
            }
        }
    }
}
