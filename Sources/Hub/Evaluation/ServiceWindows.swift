import Fleet
import Foundation
import Telemetry

/// What one comparison of one rule has seen of one service, over all hosts. Confined to the core's actor.
final class ServiceSlot {
    let measure: Feed.ServiceMeasure
    private let windowMilliseconds: Int64
    private var all: SlidingWindow
    private var matching: SlidingWindow
    private var parts: [(number: Int64, observed: ExponentialHistogram)] = []
    private static let partsMax: Int64 = 12
    /// When anything was heard of it first.
    private(set) var begin: Int64?
    private(set) var time: Int64?
    private var shares: [String: Share] = [:]
    private static let sharesMax = 1000

    /// How much of what the condition is about a host had lately, to say which is worst: what was a window ago counts for a
    /// third. It fades with the time that passes and not with each series that tells, of which one host has more than another.
    final class Share {
        private var amount = 0.0
        private var time = Int64.min

        fileprivate func add(_ more: Double, at now: Int64, over window: Int64) {
            fade(to: now, over: window)
            amount += more
        }

        fileprivate func raise(to least: Double, at now: Int64, over window: Int64) {
            fade(to: now, over: window)
            amount = max(amount, least)
        }

        private func fade(to now: Int64, over window: Int64) {
            guard now > time else { return }
            amount = amount(at: now, over: window)
            time = now
        }

        fileprivate func amount(at now: Int64, over window: Int64) -> Double {
            guard amount > 0, now > time else { return amount }
            return amount * exp(-Double(now - time) / Double(window))
        }
    }

    init(_ feed: Feed, _ measure: Feed.ServiceMeasure) {
        self.measure = measure
        windowMilliseconds = feed.windowMilliseconds ?? 60_000
        all = SlidingWindow(milliseconds: windowMilliseconds)
        matching = SlidingWindow(milliseconds: windowMilliseconds)
    }

    /// Of more hosts than are told apart it is nobody's.
    fileprivate func share(of host: String) -> Share {
        if let known = shares[host] { return known }
        let share = Share()
        if shares.count < Self.sharesMax { shares[host] = share }
        return share
    }

    /// Whether a series of these labels counts what it is about, or only what that is a share of.
    fileprivate func isAbout(_ name: String, _ labels: Labels) -> Bool {
        switch measure {
        case .requests(let prefix), .requestShare(let prefix):
            labels["code"]?.hasPrefix(prefix) ?? prefix.isEmpty
        case .unparsedShare: name == "martlet_log_unparsed_total"
        case .duration, .statements, .statementDuration, .lines, .matches: true
        }
    }

    fileprivate func count(_ amount: Double, isMatch: Bool, from share: Share, at time: Int64) {
        hear(time)
        all.add(amount, at: time)
        guard isMatch else { return }
        matching.add(amount, at: time)
        share.add(amount, at: time, over: windowMilliseconds)
    }

    fileprivate func observe(_ observed: ExponentialHistogram, from share: Share, at time: Int64) {
        hear(time)
        let width = max(1, windowMilliseconds / Self.partsMax)
        let number = time / width
        if parts.last?.number != number {
            parts.removeAll { $0.number > number || number - $0.number >= Self.partsMax }
            parts.append((number, ExponentialHistogram()))
        }
        parts[parts.count - 1].observed.merge(observed)
        share.raise(to: observed.quantile(0.95) ?? 0, at: time, over: windowMilliseconds)
    }

    private func hear(_ time: Int64) {
        self.time = time
        if begin == nil { begin = time }
    }

    /// The host that has most of it; empty where there is one alone, or none.
    var worstHost: String {
        guard shares.count > 1, let time else { return "" }
        let amounts = shares.mapValues { $0.amount(at: time, over: windowMilliseconds) }
        return amounts.max { ($0.value, $1.key) < ($1.value, $0.key) }?.key ?? ""
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

/// From one series of one host to what a comparison has seen of its service. Confined to the core's actor.
struct ServiceRoute {
    private let slot: ServiceSlot
    private let share: ServiceSlot.Share
    private let isMatch: Bool

    /// Of a signal or a raw series by its name.
    init(_ name: String, _ labels: Labels, of host: String, to slot: ServiceSlot) {
        self.slot = slot
        share = slot.share(of: host)
        isMatch = slot.isAbout(name, labels)
    }

    /// So many requests, lines or statements.
    func count(_ amount: Double, at time: Int64) {
        slot.count(amount, isMatch: isMatch, from: share, at: time)
    }

    func observe(_ observed: ExponentialHistogram, at time: Int64) {
        slot.observe(observed, from: share, at: time)
    }
}
