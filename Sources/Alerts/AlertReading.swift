/// What one evaluation found of one rule and one set of labels.
package enum AlertReading: Hashable, Sendable {
    /// The condition holds, and its first comparison's value.
    case holds(Double)
    /// It does not, and the value is not yet beyond the clear line.
    case holdsNot(Double)
    /// It does not, and the clear line is passed; of a rule without one whenever the condition does not hold.
    case clears(Double)
    /// There is no data.
    case missing
    /// There cannot be data: neither data nor no data.
    case notApplicable
    /// The evaluation did not come to an end: it says nothing.
    case failed
}
