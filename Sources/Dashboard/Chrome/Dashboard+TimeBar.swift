import Canvas
import Fleet
import Text

extension Dashboard {
    var timeBar: TimeBar {
        let steps = max(1, state.view.windowMilliseconds / max(1, state.view.stepMilliseconds))
        let stepText = Format.age(Double(step) / 1000)
        let right = [
            TextLine.Span(" , .", Style(.key)), TextLine.Span(" \(stepText)  ", Style(.hint)),
            TextLine.Span("p", Style(.key)), TextLine.Span(time.isLive ? " pause" : " live", Style(.hint)),
        ]
        return TimeBar(
            span: Format.age(Double(state.view.windowMilliseconds) / 1000),
            values: Array(repeating: .nan, count: Int(min(steps, 1000))), right: right, isPast: !time.isLive)
    }
}
