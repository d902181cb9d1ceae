import Alerts
import Fleet
import Telemetry

/// A rule and one set of labels of one host. Confined to the core's actor.
final class HostBinding {
    let rule: CompiledRule
    let key: AlertKey
    /// One for each comparison.
    let slots: [Slot]
    var isOpen: Bool

    init(_ rule: CompiledRule, _ key: AlertKey, _ slots: [Slot], isOpen: Bool) {
        self.rule = rule
        self.key = key
        self.slots = slots
        self.isOpen = isOpen
    }

    /// Whether nothing needs to be said: nothing is open and the condition does not hold. The usual case, and the cheap one.
    func isQuiet(at now: Int64, _ lookback: Int64, limit: Double?) -> Bool {
        guard !isOpen, rule.rule.noData != .alert else { return false }
        for place in slots.indices {
            let comparison = rule.comparisons[place]
            guard let time = slots[place].time, now - time <= lookback else { return true }
            let bound = place == 0 ? limit ?? comparison.limit : comparison.limit
            if !comparison.sign.holds(slots[place].value, bound) { return true }
        }
        return false
    }

    func reading(at now: Int64, _ lookback: Int64, isLive: Bool, isSettled: Bool, limit: Double?)
        -> AlertReading
    {
        if isLive, isSettled, slots.contains(where: \.isGone) { return .notApplicable }
        for slot in slots {
            guard let time = slot.time, now - time <= lookback else { return .missing }
        }
        return rule.reading(slots.map(\.value), limit: limit)
    }
}

/// A rule and one set of labels over all hosts. Confined to the core's actor.
final class ServiceBinding {
    let rule: CompiledRule
    let key: AlertKey
    let slots: [ServiceSlot]
    var isOpen: Bool
    var evaluated = Int64.min

    init(_ rule: CompiledRule, _ key: AlertKey, isOpen: Bool) {
        self.rule = rule
        self.key = key
        self.isOpen = isOpen
        slots = rule.comparisons.compactMap { comparison in
            guard case .service(let measure) = comparison.feed.source else { return nil }
            return ServiceSlot(comparison.feed, measure)
        }
    }

    var time: Int64? { slots.compactMap(\.time).max() }

    func reading(at now: Int64, _ lookback: Int64) -> AlertReading {
        var values: [Double] = []
        // Of a service that answers nothing there is no duration: that is no number, and not no data.
        guard let time, now - time <= lookback else { return .missing }
        for slot in slots { values.append(slot.value(at: now)) }
        return rule.reading(values, limit: nil)
    }
}
