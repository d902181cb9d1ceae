import Fleet
import Telemetry

/// What one comparison of one rule has seen of one service, over all hosts. Confined to the core's actor.
final class ServiceSlot {
    let measure: Feed.ServiceMeasure
    private let windowMilliseconds: Int64
    private var all: SlidingWindow
    private var matching: SlidingWindow
    private var parts: [(number: Int64, observed: ExponentialHistogram)] = []
    private static let partsMax: Int64 = 12
    private var begin: Int64?
    private(set) var time: Int64?
    /// How much of what the condition is about each host had lately, to say which is worst.
    private var shares: [String: Double] = [:]

    init(_ feed: Feed, _ measure: Feed.ServiceMeasure) {
        self.measure = measure
        windowMilliseconds = feed.windowMilliseconds ?? 60_000
        all = SlidingWindow(milliseconds: windowMilliseconds)
        matching = SlidingWindow(milliseconds: windowMilliseconds)
    }

    /// So many requests, lines or statements; `code` is a request's.
    func count(_ amount: Double, code: String, host: String, at time: Int64) {
        hear(time)
        all.add(amount, at: time)
        switch measure {
        case .requests(let prefix), .requestShare(let prefix):
            if code.hasPrefix(prefix) { match(amount, host, time) }
        case .duration, .statements, .statementDuration, .lines, .unparsedShare, .matches:
            match(amount, host, time)
        }
    }

    /// Of lines: those that could not be read are none of the others.
    func countLines(_ amount: Double, areUnparsed: Bool, host: String, at time: Int64) {
        hear(time)
        all.add(amount, at: time)
        if areUnparsed { match(amount, host, time) }
    }

    private func match(_ amount: Double, _ host: String, _ time: Int64) {
        matching.add(amount, at: time)
        guard shares.count < 1000 || shares[host] != nil else { return }
        shares[host] = (shares[host] ?? 0) * 0.95 + amount
    }

    func observe(_ observed: ExponentialHistogram, host: String, at time: Int64) {
        hear(time)
        let width = max(1, windowMilliseconds / Self.partsMax)
        let number = time / width
        if parts.last?.number != number {
            parts.removeAll { $0.number > number || number - $0.number >= Self.partsMax }
            parts.append((number, ExponentialHistogram()))
        }
        parts[parts.count - 1].observed.merge(observed)
        guard shares.count < 1000 || shares[host] != nil else { return }
        shares[host] = max((shares[host] ?? 0) * 0.95, observed.quantile(0.95) ?? 0)
    }

    private func hear(_ time: Int64) {
        self.time = time
        if begin == nil { begin = time }
    }

    /// Whether it counts over a window of which the hub has not seen all: there may be more than it knows.
    func isPartial(at now: Int64) -> Bool {
        measure == .matches && now - (begin ?? now) < windowMilliseconds
    }

    /// Its series is there, and had nothing.
    func isQuiet(at time: Int64) { hear(time) }

    /// The host that has most of it; empty where there is one alone, or none.
    var worstHost: String {
        guard shares.count > 1 else { return "" }
        return shares.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
    }

    /// How many requests, statements or lines its value is of, at the moment of the last `value(at:)`.
    var counted: Double {
        switch measure {
        case .duration, .statementDuration:
            parts.reduce(0) { $0 + Double($1.observed.count) }
        case .requests, .requestShare, .statements, .lines, .unparsedShare, .matches: all.sum
        }
    }

    /// NaN where a share is of nothing.
    func value(at now: Int64) -> Double {
        all.advance(to: now)
        matching.advance(to: now)
        let seconds = max(1, Double(min(windowMilliseconds, now - (begin ?? now))) / 1000)
        switch measure {
        case .requests, .statements, .lines: return matching.sum / seconds
        case .requestShare, .unparsedShare: return all.sum > 0 ? matching.sum / all.sum : .nan
        case .matches: return matching.sum
        case .duration(let share), .statementDuration(let share):
            let width = max(1, windowMilliseconds / Self.partsMax)
            parts.removeAll { now / width - $0.number >= Self.partsMax }
            return parts.reduce(into: ExponentialHistogram()) { $0.merge($1.observed) }.quantile(share)
                ?? .nan
        }
    }
}
