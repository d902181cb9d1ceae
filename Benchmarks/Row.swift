/// One line of the table: what was measured, for whom, against which goal.
struct Row {
    let what: String
    let who: String
    let unit: String
    let value: Double
    /// The most that the value may be; nil for peers, which are only for comparison.
    let goal: Double?

    init(_ what: String, _ who: String, _ unit: String, _ value: Double, goal: Double? = nil) {
        self.what = what
        self.who = who
        self.unit = unit
        self.value = value
        self.goal = goal
    }

    var verdict: String {
        guard let goal else { return "" }
        return value <= goal ? "reached" : "MISSED"
    }
}

extension Double {
    /// Three significant digits, as a table wants them.
    var short: String {
        let digits = self >= 100 ? 0 : self >= 10 ? 1 : self >= 1 ? 2 : 3
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let rounded = (self * scale).rounded() / scale
        return digits == 0 ? String(Int(rounded)) : String(rounded)
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
