import Fleet

/// What a window that is not filled yet can say: windows begin empty with the hub, with a new rule and with a new series.
extension Feed {
    /// How long a window must have been filled before one believes that a comparison holds, and before one believes that it
    /// does not of what was open before; in milliseconds.
    struct Filling {
        var holding: Int64 = 0
        var ending: Int64 = 0

        func isReached(since begin: Int64?, forHolding isHolding: Bool, at now: Int64) -> Bool {
            now - (begin ?? now) >= (isHolding ? holding : ending)
        }
    }

    /// A mean is believed from half of its window, and from so much of a longer one.
    private static let meanMilliseconds: Int64 = 300_000

    func filling(_ sign: ConditionComparison.Sign) -> Filling {
        guard let window = windowMilliseconds else { return Filling() }
        if case .fullIn = source {
            // Its pace is that of the window's parts, of which so many must be whole.
            let part = max(1, window / Int64(SlidingWindow.parts))
            let parts = (Slot.fullInMilliseconds + part - 1) / part
            return Filling(holding: parts * part, ending: parts * part)
        }
        guard let isGrowing else {
            return Filling(holding: min(window / 2, Self.meanMilliseconds), ending: window)
        }
        // What is not known yet moves it only one way: beyond a limit on that way it stays.
        if isGrowing ? sign.isUpward : sign.isDownward { return Filling(ending: window) }
        if isGrowing ? sign.isDownward : sign.isUpward { return Filling(holding: window) }
        return Filling(holding: window, ending: window)
    }

    /// Whether the value of a part of the window is at most, or at least, that of the whole; nil where it is neither.
    private var isGrowing: Bool? {
        switch source {
        case .counters(_, _, .rise), .service(.matches): return true
        case .counters, .signal, .series, .fullIn, .silent, .silentRatio, .processes, .until, .service: break
        }
        return switch statistic {
        case .max: true
        case .min: false
        case nil, .avg, .p50, .p90, .p95, .p99: nil
        }
    }
}
