/// `cpu.p95(5m) > 60%`: a signal, over a window or now, against a number.
struct QueryComparison: Hashable, Sendable {
    enum Operator: String, Hashable, Sendable {
        case above = ">"
        case atLeast = ">="
        case below = "<"
        case atMost = "<="
        case equal = "=="
        case unequal = "!="
    }

    let signal: String
    let statistic: Statistic?
    let windowSeconds: Int64?
    let comparison: Operator
    let bound: QueryBound

    /// Without a value no comparison holds, `!=` neither.
    func holds(for row: some QueryRow) -> Bool {
        guard let value = row.value(of: signal, statistic: statistic, windowSeconds: windowSeconds),
            !value.isNaN
        else { return false }
        return switch comparison {
        case .above: value > bound.value
        case .atLeast: value >= bound.value
        case .below: value < bound.value
        case .atMost: value <= bound.value
        case .equal: value == bound.value
        case .unequal: value != bound.value
        }
    }

    var printed: String {
        var operand = signal
        if let statistic { operand += ".\(statistic.rawValue)" }
        if let windowSeconds { operand += "(\(QueryBound.duration(windowSeconds)))" }
        return "\(operand) \(comparison.rawValue) \(bound.text)"
    }
}
