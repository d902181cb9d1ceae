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
    // What each look asks of the first comparison, at hand.
    private let first: Slot
    private let sign: ConditionComparison.Sign
    private let limit: Double
    private let tellsOfNoData: Bool
    /// Whether the rule is HostSilent.
    let isSilence: Bool

    /// The slots of the rule's comparisons, in their order.
    init(_ rule: CompiledRule, _ key: AlertKey, _ first: Slot, _ others: [Slot], isOpen: Bool) {
        self.rule = rule
        self.key = key
        slots = [first] + others
        self.isOpen = isOpen
        self.first = first
        sign = rule.comparisons[0].sign
        limit = rule.comparisons[0].limit
        tellsOfNoData = rule.rule.noData == .alert
        isSilence = rule.rule.isHostSilent
    }

    /// Whether nothing needs to be said: nothing is open and the condition does not hold. The usual case, and the cheap one.
    func isQuiet(at now: Int64, _ lookback: Int64, limit: Double?) -> Bool {
        guard !isOpen, !tellsOfNoData else { return false }
        guard let time = first.time, now - time <= lookback, sign.holds(first.value, limit ?? self.limit)
        else {
            return true
        }
        for (slot, comparison) in zip(slots, rule.comparisons).dropFirst() {
            guard let time = slot.time, now - time <= lookback,
                comparison.sign.holds(slot.value, comparison.limit)
            else { return true }
        }
        return false
    }

    /// What the host told to be gone, or has not told of in a session that is whole, is not there; in a younger one nobody knows.
    func reading(
        at now: Int64, _ lookback: Int64, isLive: Bool, isSettled: Bool, isWhole: Bool, limit: Double?
    ) -> AlertReading {
        if isLive, isSettled, slots.contains(where: \.isGone) {
            let isToldGone = slots.contains { $0.isGone && $0.wasThere }
            return isWhole || isToldGone ? .notApplicable : .failed
        }
        for slot in slots {
            guard let time = slot.time, now - time <= lookback else { return .missing }
        }
        return rule.reading(slots.map(\.value), limit: limit)
    }

    /// Whether windows are filled enough to believe that the condition holds, or that it does not.
    func isFilled(forHolding isHolding: Bool, at now: Int64) -> Bool {
        rule.isFilled(forHolding: isHolding, at: now, begin: { slots[$0].begin }, value: { slots[$0].value })
    }
}

/// A rule and one set of labels over all hosts. Confined to the core's actor.
final class ServiceBinding {
    /// Another that counts the same takes its place when rules are read again.
    var rule: CompiledRule
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

    /// As of a ``HostBinding``. What has heard nothing, as a duration without requests, is filled with what else is heard.
    func isFilled(forHolding isHolding: Bool, at now: Int64) -> Bool {
        let heard = slots.compactMap(\.begin).min()
        return rule.isFilled(
            forHolding: isHolding, at: now, begin: { slots[$0].begin ?? heard },
            value: { slots[$0].value(at: now) })
    }
}
