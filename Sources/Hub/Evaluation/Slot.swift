import Fleet
import Telemetry

/// The present value of one feed for one set of labels of one host. Confined to the core's actor.
final class Slot {
    let feed: Feed
    private(set) var value = Double.nan
    /// When it was last told, by a clock that nobody sets; nil before, and where it has no value now.
    private(set) var time: Int64?
    /// Whether what it is about is gone from the host, which told so.
    var isGone = false { didSet { if !isGone { wasThere = true } } }
    /// Whether it was there in this session of the host.
    var wasThere = false
    /// When its first value came, and again after an absence as long as its window.
    private(set) var begin: Int64?
    /// When its last value came, whatever was lost since.
    private var told: Int64?
    private var window: SlidingWindow?
    private var under: SlidingWindow?

    init(_ feed: Feed) {
        self.feed = feed
        guard let milliseconds = feed.windowMilliseconds else { return }
        window = SlidingWindow(milliseconds: milliseconds, keeping: Self.detail(of: feed))
        if case .counters(_, let metrics, _) = feed.source, !metrics.isEmpty {
            under = SlidingWindow(milliseconds: milliseconds)
        }
    }

    private static func detail(of feed: Feed) -> SlidingWindow.Detail {
        if case .fullIn = feed.source { return .line }
        return switch feed.statistic {
        case nil, .avg: .none
        case .min, .max: .extremes
        case .p50, .p90, .p95, .p99: .parts
        }
    }

    /// A value of a moment, which is of the `seconds` before it.
    func take(_ found: Double, seconds: Double, at time: Int64) {
        hear(time)
        guard window != nil else {
            value = found
            return
        }
        window?.add(found, weight: seconds, at: time)
        value = valueOfWindow(found)
    }

    private func valueOfWindow(_ found: Double) -> Double {
        guard let window else { return found }
        if case .fullIn = feed.source {
            let slope = window.slope(overAtLeast: Self.fullInMilliseconds)
            guard !slope.isNaN else { return .nan }
            return slope < 0 ? found / -slope : .infinity
        }
        return switch feed.statistic {
        case nil, .avg: window.mean
        case .min: window.least
        case .max: window.greatest
        case .p50: window.quantile(0.5)
        case .p90: window.quantile(0.9)
        case .p95: window.quantile(0.95)
        case .p99: window.quantile(0.99)
        }
    }

    /// `disk.full_in` speaks after so much of data.
    static let fullInMilliseconds: Int64 = 1_800_000

    /// A counter rose by `rise` in `seconds`.
    func count(_ rise: Double, seconds: Double, isUnder: Bool, at time: Int64) {
        hear(time)
        if isUnder {
            under?.add(rise, at: time)
        } else if case .counters(_, _, .rate) = feed.source {
            window?.add(rise / seconds, weight: seconds, at: time)
        } else {
            window?.add(rise, at: time)
        }
        guard case .counters(_, _, let measure) = feed.source, let window else { return }
        switch measure {
        case .rate: value = window.mean
        case .rise: value = window.sum
        case .share:
            under?.advance(to: time)
            let whole = under?.sum ?? 0
            value = whole > 0 ? window.sum / whole : .nan
        }
    }

    private func hear(_ time: Int64) {
        if let told, let window = feed.windowMilliseconds, time - told >= window { begin = nil }
        if begin == nil { begin = time }
        (self.time, told) = (time, time)
    }

    /// The host says that it has no value now; what a window holds goes on with the next one.
    func lose() {
        time = nil
    }

    /// What the hub itself knows.
    func set(_ found: Double, at time: Int64) {
        value = found
        self.time = time
    }
}
