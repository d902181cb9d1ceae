/// Steps put together into columns of equal width. Columns begin at fixed steps, so a picture stands still until a column
/// is full instead of moving with every sample.
struct StepColumns: Hashable, Sendable {
    /// The newest step.
    let lastStep: Int64
    /// Steps that a column stands for.
    let share: Int
    /// Columns, the newest last.
    let count: Int

    /// At most `width` columns for the last `windowSteps` steps.
    init(lastStep: Int64, windowSteps: Int, width: Int) {
        self.lastStep = lastStep
        guard width > 0, windowSteps > 0 else {
            share = 1
            count = 0
            return
        }
        share = (windowSteps + width - 1) / width
        count = min(width, (windowSteps + share - 1) / share)
    }

    /// Steps that the newest column has already, at least one.
    private var filled: Int {
        Int((lastStep % Int64(share) + Int64(share)) % Int64(share)) + 1
    }

    /// The steps of a column, counted back from the newest one: `0..<3` are the last three.
    func ages(ofColumn column: Int) -> Range<Int> {
        guard column < count - 1 else { return 0..<filled }
        let newest = filled + (count - 2 - column) * share
        return newest..<newest + share
    }

    /// The steps of a column.
    func steps(ofColumn column: Int) -> ClosedRange<Int64> {
        let ages = ages(ofColumn: column)
        return lastStep &- Int64(ages.upperBound - 1)...lastStep &- Int64(ages.lowerBound)
    }

    /// The column that a step is in; nil where it is older or younger than all.
    func column(of step: Int64) -> Int? {
        let (age, overflow) = lastStep.subtractingReportingOverflow(step)
        guard !overflow, age >= 0, count > 0 else { return nil }
        guard age >= Int64(filled) else { return count - 1 }
        let back = 1 + (age - Int64(filled)) / Int64(share)
        return back < Int64(count) ? count - 1 - Int(back) : nil
    }
}
