import Synchronization

/// How many screens are attached, and since when none is.
final class ClientCount: Sendable {
    private struct State {
        var count = 0
        var idleSince: Int64?
    }

    private let state: Mutex<State>

    init() {
        state = Mutex(State(count: 0, idleSince: Clock.steadyMilliseconds()))
    }

    /// Somebody called, though without staying.
    func touch() {
        state.withLock { if $0.count == 0 { $0.idleSince = Clock.steadyMilliseconds() } }
    }

    func enter() {
        state.withLock {
            $0.count += 1
            $0.idleSince = nil
        }
    }

    func leave() {
        state.withLock {
            $0.count -= 1
            if $0.count == 0 { $0.idleSince = Clock.steadyMilliseconds() }
        }
    }

    /// Milliseconds since the last client left; zero while there is one.
    var idleMilliseconds: Int64 {
        state.withLock { $0.idleSince.map { Clock.steadyMilliseconds() - $0 } ?? 0 }
    }
}
