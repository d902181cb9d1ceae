import Alerts
import Fleet
import Telemetry

/// A rule as the evaluation runs it.
final class CompiledRule: Sendable {
    /// One comparison, with where its values come from; `limit` is in the operand's unit.
    struct Comparison: Sendable {
        let operand: ConditionOperand
        let feed: Feed
        let sign: ConditionComparison.Sign
        let limit: Double
        let filling: Feed.Filling

        init(_ comparison: ConditionComparison, _ feed: Feed) {
            operand = comparison.operand
            self.feed = feed
            sign = comparison.sign
            limit = comparison.limit() ?? .nan
            filling = feed.filling(comparison.sign)
        }
    }

    let rule: Rule
    let policy: AlertPolicy
    let comparisons: [Comparison]
    /// When it is over; nil: when the condition is false.
    let clear: (sign: ConditionComparison.Sign, limit: Double)?
    /// Those of its family that come before it: what they take is theirs.
    let elders: [Selector?]
    /// Whether its windows are filled enough by the time that it fires, if it holds from their begin.
    let outlastsFilling: Bool

    init(_ rule: Rule, hooks: [String], elders: [Selector?]) {
        self.rule = rule
        policy = AlertPolicy(rule, hooks: hooks, isWhole: elders.isEmpty)
        comparisons = (rule.condition.threshold?.comparisons ?? []).map { comparison in
            Comparison(comparison, Feed(comparison.operand))
        }
        let hold = policy.holdMilliseconds
        outlastsFilling = comparisons.allSatisfy { $0.filling.holding <= hold }
        clear = rule.clear.comparison.map { ($0.sign, $0.limit() ?? .nan) }
        self.elders = elders
    }

    /// One comparison of a gate, over so much time.
    init(_ comparison: ConditionComparison, overMilliseconds span: Int64) {
        let condition = Condition.threshold(
            Condition.Threshold(comparisons: [comparison], hold: .zero))
        rule = Rule(name: "Gate", place: Place(file: "gate"), condition: condition)
        policy = AlertPolicy(rule, hooks: [])
        comparisons = [Comparison(comparison, Feed(comparison.operand).over(span))]
        outlastsFilling = true
        clear = nil
        elders = []
    }

    /// The same where no data says nothing: of what came late it is no finding.
    var keepingNoData: CompiledRule {
        guard rule.noData != .keep else { return self }
        var rule = rule
        rule.noData = .keep
        return CompiledRule(rule, hooks: [], elders: elders)
    }

    /// Whether it counts the same things for the same alerts: limits, holds and words may be others.
    func counts(as other: CompiledRule) -> Bool {
        rule.name == other.rule.name && rule.identity == other.rule.identity
            && rule.selector == other.rule.selector && elders == other.elders
            && comparisons.map(\.operand) == other.comparisons.map(\.operand)
    }

    /// Of all rules of the book, in its order.
    static func compile(_ book: RuleBook) -> [CompiledRule] {
        var families: [String: [Selector?]] = [:]
        var rules: [CompiledRule] = []
        for rule in book.rules {
            let elders = families[rule.name] ?? []
            families[rule.name, default: []].append(rule.selector)
            rules.append(CompiledRule(rule, hooks: book.hooks(of: rule), elders: elders))
        }
        return rules
    }

    /// Whether a series of a host is this rule's: its own `where` takes it, and none before it in the family does.
    func takes(_ host: HostAttributes, _ labels: Labels) -> Bool {
        for elder in elders {
            guard let elder else { return false }
            if elder.matches(host, labels: labels) { return false }
        }
        return rule.selector?.matches(host, labels: labels) ?? true
    }

    /// Whether it is over all hosts together, and whether then it leaves none of them out.
    var isOfFleet: Bool { comparisons.contains { $0.feed.source == .silentRatio } }
    var isOfWholeFleet: Bool {
        elders.isEmpty && rule.selector == nil && comparisons.allSatisfy(\.operand.labels.isEmpty)
    }

    /// Whether all of its comparisons look at a series with these labels of a host.
    func compares(_ labels: Labels, of host: HostAttributes) -> Bool {
        comparisons.allSatisfy { $0.operand.takes(labels, of: host) }
    }

    /// Whether windows are filled enough to believe that the condition holds, or that it does not; `begin` and `value` are of each
    /// comparison.
    func isFilled(
        forHolding isHolding: Bool, at now: Int64, begin: (Int) -> Int64?, value: (Int) -> Double
    ) -> Bool {
        var isFilled = true
        for (place, comparison) in comparisons.enumerated() {
            guard comparison.filling.isReached(since: begin(place), forHolding: isHolding, at: now) else {
                isFilled = false
                continue
            }
            guard !isHolding, clear == nil else { continue }
            // One that is surely false is enough.
            let value = value(place)
            if !value.isNaN, !comparison.sign.holds(value, comparison.limit) { return true }
        }
        return isFilled
    }

    /// What the values say; `isKnown` says of each whether there is one.
    func reading(_ values: [Double], limit: Double?) -> AlertReading {
        var holds = true
        for (place, comparison) in comparisons.enumerated() {
            let bound = place == 0 ? limit ?? comparison.limit : comparison.limit
            if !comparison.sign.holds(values[place], bound) {
                holds = false
                break
            }
        }
        let value = values.first ?? .nan
        if holds { return .holds(value) }
        // What is no number has nothing that is wrong any more.
        guard let clear, !value.isNaN else { return .clears(value) }
        return clear.sign.holds(value, clear.limit) ? .clears(value) : .holdsNot(value)
    }
}

extension Labels {
    /// A series' own label `host` as `exported_host`, Prometheus' word for it: an alert's `host` is the hub's, and series that
    /// only their own tell apart stay apart.
    var exportingHost: Labels {
        guard self["host"] != nil else { return self }
        var name = "exported_host"
        while self[name] != nil { name = "exported_" + name }
        return Labels(pairs.map { $0.name == "host" ? Label(name, $0.value) : $0 })
    }
}
