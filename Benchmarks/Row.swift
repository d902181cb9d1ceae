import Foundation

/// One line of the table: what was measured, for whom, against which goal.
struct Row {
    let what: String
    let who: String
    let unit: String
    let value: Double
    /// The most that the value may be, or the least; nil for peers, which are only for comparison.
    let goal: Double?
    let isFloor: Bool

    init(_ what: String, _ who: String, _ unit: String, _ value: Double, goal: Double? = nil) {
        self.what = what
        self.who = who
        self.unit = unit
        self.value = value
        self.goal = goal
        isFloor = false
    }

    init(_ what: String, _ who: String, _ unit: String, _ value: Double, atLeast goal: Double) {
        self.what = what
        self.who = who
        self.unit = unit
        self.value = value
        self.goal = goal
        isFloor = true
    }

    var shown: String { value.isNaN ? "not measured" : unit.isEmpty ? value.short : "\(value.short) \(unit)" }

    var shownGoal: String {
        guard let goal else { return "" }
        let bound = isFloor ? "≥" : "≤"
        return goal == 0 ? "0" : unit.isEmpty ? "\(bound) \(goal.short)" : "\(bound) \(goal.short) \(unit)"
    }

    var verdict: String {
        guard let goal else { return "" }
        return value.isNaN ? "?" : (isFloor ? value >= goal : value <= goal) ? "met" : "MISSED"
    }
}

extension Double {
    /// Three significant digits, as a table wants them.
    var short: String {
        let size = magnitude
        let digits = size >= 100 || size == 0 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3
        return String(format: "%.\(digits)f", self)
    }
}

/// The median of some measurements; NaN for none.
func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// The value below which `share` of the measurements lie, by nearest rank.
func quantile(_ values: [Double], _ share: Double) -> Double {
    guard !values.isEmpty else { return .nan }
    let rank = Int((Double(values.count) * share).rounded(.up))
    return values.sorted()[min(max(rank, 1), values.count) - 1]
}
