/// When to look for logs: a second after the start, then seldom, and soon when programs have begun or ceased to listen.
///
/// A look costs what it costs, some 25 ms of one core where a hundred processes run; the pauses are long enough for that
/// to be one part in ten thousand of the time, and one in two thousand while listeners come and go.
package struct DiscoveryPace {
    private enum State {
        case new
        case waiting(until: UInt64)
        case looking(since: UInt64)
        case resting(changeAfter: UInt64, until: UInt64)
    }

    private var state = State.new
    private var askAt: UInt64 = 0
    private var listeners: UInt64?

    package init() {}

    private static let second: UInt64 = 1_000_000_000
    /// Whoever opens a screen has the first two ticks by then.
    private static let firstPause = second
    /// How often the kernel is asked for the sockets that listen.
    private static let askPause = 10 * second
    private static let pauses = 60 * second...3600 * second
    private static let changePause = 15 * second
    private static let restFactor: UInt64 = 10_000
    private static let changeFactor: UInt64 = 2000
    /// How long a look may take before it is given up.
    static let patience = 30 * second

    /// Whether a look is to begin; `boot` is CLOCK_BOOTTIME in nanoseconds, and `ask` tells the listening sockets from
    /// others.
    package mutating func begins(at boot: UInt64, ask: () -> UInt64?) -> Bool {
        switch state {
        case .new:
            state = .waiting(until: boot + Self.firstPause)
            return false
        case .waiting(let until):
            guard boot >= until else { return false }
            listeners = ask()
        case .looking: return false
        case .resting(let changeAfter, let until):
            let isChanged = boot >= changeAfter && hasChanged(at: boot, ask)
            guard isChanged || boot >= until else { return false }
        }
        state = .looking(since: boot)
        return true
    }

    /// Whether the look that runs is to be given up.
    package func isOverdue(at boot: UInt64) -> Bool {
        guard case .looking(let since) = state else { return false }
        return boot >= since + Self.patience
    }

    /// A look ended, and took so much of a core.
    package mutating func ended(at boot: UInt64, cpuNanoseconds: UInt64) {
        let cost = min(cpuNanoseconds, Self.patience)
        let pause = min(max(cost * Self.restFactor, Self.pauses.lowerBound), Self.pauses.upperBound)
        state = .resting(
            changeAfter: boot + max(Self.changePause, cost * Self.changeFactor),
            until: boot + pause)
    }

    private mutating func hasChanged(at boot: UInt64, _ ask: () -> UInt64?) -> Bool {
        guard boot >= askAt else { return false }
        askAt = boot + Self.askPause
        let found = ask()
        defer { listeners = found }
        return found != listeners
    }
}
