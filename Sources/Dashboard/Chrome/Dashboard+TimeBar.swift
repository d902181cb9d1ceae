import Canvas
import Fleet
import Telemetry
import Text

extension Dashboard {
    var timeBar: TimeBar {
        var right: [TextLine.Span] = []
        if let past = time.past {
            let back = Double(now.milliseconds(since: past)) / 1000
            right = [TextLine.Span(" \(clock(past)) -\(Format.age(back))   ", Style(.text, bold: true))]
        }
        right += [
            TextLine.Span(", .", Style(.key)),
            TextLine.Span(" \(Format.age(Double(step) / 1000))  ", Style(.hint)),
            TextLine.Span("p", Style(.key)), TextLine.Span(time.isLive ? " pause" : " live", Style(.hint)),
        ]
        return TimeBar(
            span: Format.age(Double(state.view.windowMilliseconds) / 1000), subject: density.subject,
            density: density, events: events, right: right, isPast: !time.isLive,
            columns: shown.timeColumns(context))
    }
}
