import Canvas
import Fleet
import Telemetry
import Text

/// The last quarter of an hour, or whatever the window is, in a few cells.
enum FleetTrend {
    static func title(windowMilliseconds: Int64) -> SafeText {
        Format.age(Double(windowMilliseconds) / 1000)
    }

    /// One value a cell, the average of the steps that fall in it.
    static func values(
        _ history: SignalHistory?, at time: Timestamp, width: Int, _ context: ScreenContext
    ) -> [Double] {
        guard let history, width > 0 else { return [] }
        let window = Int(clamping: context.state.view.windowMilliseconds / history.stepMilliseconds)
        let count = max(1, min(window, history.capacity))
        return StepBuckets.cells(
            history.values(endingAt: time, count: count), lastStep: history.step(of: time),
            windowSteps: count,
            width: width, .average)
    }

    /// What stands over these values.
    static func marks(
        _ marks: ChartMarks, over history: SignalHistory?, at time: Timestamp, width: Int,
        _ context: ScreenContext
    ) -> [Sparkline.Mark] {
        guard let history, width > 0 else { return [] }
        let window = Int(clamping: context.state.view.windowMilliseconds / history.stepMilliseconds)
        let columns = StepColumns(
            lastStep: history.step(of: time), windowSteps: max(1, min(window, history.capacity)), width: width
        )
        return marks.over(columns, stepMilliseconds: history.stepMilliseconds)
    }
}
