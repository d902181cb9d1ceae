/// `disk.used{mount=/} > 90%`.
package struct ConditionComparison: Hashable, Sendable {
    /// As it is written between value and bound.
    package enum Sign: String, Hashable, Sendable, CaseIterable {
        case above = ">"
        case atLeast = ">="
        case below = "<"
        case atMost = "<="
        case equal = "=="
        case unequal = "!="

        /// Whether `value` stands so to `bound`; NaN never does.
        package func holds(_ value: Double, _ bound: Double) -> Bool {
            switch self {
            case .above: value > bound
            case .atLeast: value >= bound
            case .below: value < bound
            case .atMost: value <= bound
            case .equal: value == bound
            case .unequal: !value.isNaN && value != bound
            }
        }

        package var isUpward: Bool { self == .above || self == .atLeast }
        package var isDownward: Bool { self == .below || self == .atMost }
    }

    package enum Bound: Hashable, Sendable {
        /// In the operand's unit, and as written.
        case number(Double, text: String)
        case baseline
        case baselineTimes(Double, text: String)
        /// Plus, or where it is negative minus, so much.
        case baselinePlus(Double, text: String)

        package var isNumber: Bool {
            if case .number = self { true } else { false }
        }
    }

    package let operand: ConditionOperand
    package let sign: Sign
    package let bound: Bound

    package var printed: String {
        "\(operand.printed) \(sign.rawValue) \(boundText)"
    }

    package var boundText: String {
        switch bound {
        case .number(_, let text): text
        case .baseline: "baseline"
        case .baselineTimes(_, let text): "baseline * \(text)"
        case .baselinePlus(let value, let text): value < 0 ? "baseline - \(text)" : "baseline + \(text)"
        }
    }

    /// The number to compare with; nil where it needs a baseline and there is none.
    package func limit(baseline: Double? = nil) -> Double? {
        switch bound {
        case .number(let value, _): value
        case .baseline: baseline
        case .baselineTimes(let factor, _): baseline.map { $0 * factor }
        case .baselinePlus(let distance, _): baseline.map { $0 + distance }
        }
    }

    /// In its largest whole unit: `5m`, `90s`, `1500ms`.
    package static func printed(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        guard attoseconds == 0 else {
            let (milliseconds, isOver) = seconds.multipliedReportingOverflow(by: 1000)
            return "\((isOver ? 0 : milliseconds) + attoseconds / 1_000_000_000_000_000)ms"
        }
        return QueryBound.duration(seconds)
    }
}
