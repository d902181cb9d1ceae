/// Steps put together into the cells of a row. Cells begin at fixed steps, so a row stands still until a cell is full
/// instead of moving with every sample.
package enum StepBuckets {
    /// What several steps in one column become.
    package enum Combination {
        case average, maximum
    }

    /// - Parameters:
    ///   - values: the steps up to and with `lastStep`, oldest first; NaN for gaps.
    ///   - windowSteps: how many of them the row shows.
    /// - Returns: at most `width` values, the newest last.
    package static func cells(
        _ values: [Double], lastStep: Int64, windowSteps: Int, width: Int, _ combination: Combination
    ) -> [Double] {
        let columns = StepColumns(lastStep: lastStep, windowSteps: windowSteps, width: width)
        return (0..<columns.count).map { column in
            let ages = columns.ages(ofColumn: column)
            let end = values.count - ages.lowerBound
            guard end > 0 else { return .nan }
            return combine(values[max(0, values.count - ages.upperBound)..<end], combination)
        }
    }

    private static func combine(_ values: ArraySlice<Double>, _ combination: Combination) -> Double {
        var sum = 0.0
        var count = 0
        var highest = -Double.infinity
        for value in values where !value.isNaN {
            sum += value
            count += 1
            highest = max(highest, value)
        }
        guard count > 0 else { return .nan }
        return combination == .average ? sum / Double(count) : highest
    }
}
