import Canvas
import Fleet
import Telemetry
import Text

/// What is wrong with the host itself or with the way to it, one short text each; empty on a good day.
struct HostEvents: Widget {
    let events: [TextLine.Span]

    init(_ reading: HostReading, hubLoss: String?, isLive: Bool, alerts: [Alert] = []) {
        var events: [TextLine.Span] = []
        func critical(_ text: SafeText) { events.append(.init("X " + text, Style(.critical, bold: true))) }
        func warning(_ text: SafeText) { events.append(.init("! " + text, Style(.warning, bold: true))) }
        if let hubLoss { critical("hub lost, trying again: \(SafeText(hubLoss))") }
        for alert in alerts where isLive && alert.host == reading.host.id.name && alert.isLoud {
            let mark = AlertMark(alert)
            let owner: SafeText = alert.acknowledged.map { " (\(SafeText($0.by)) has it)" } ?? ""
            events.append(
                .init("\(mark.text) \(SafeText(alert.name)): \(SafeText(alert.summary))\(owner)", mark.style))
        }
        if let summary = reading.host.summary {
            switch summary.state {
            case .failed(let reason, _): critical(SafeText(reason))
            case .stale:
                let last = summary.lastFrame.map {
                    Format.clock(milliseconds: $0, offsetSeconds: reading.offsetSeconds)
                }
                events.append(
                    .init(
                        "? no frame since \(last ?? "the start"): the host hangs or the way to it is cut; ! opens a shell",
                        Style(.stale, bold: true)))
            case .connecting, .live, .off: break
            }
            if summary.malformedFrames > 0 { warning("\(summary.malformedFrames) broken frames") }
            if summary.restarts > 0 { warning("source restarted \(summary.restarts)x") }
        }
        if !isLive, reading.value("cpu").isNaN, reading.value("memory.used").isNaN {
            events.append(.init("? nothing was recorded at this moment", Style(.stale, bold: true)))
        }
        let failed = reading.host.subjects(of: "unit.failed")
            .filter { reading.slowValue("unit.failed", ["unit": $0]) > 0 }.sorted()
        if let first = failed.first {
            critical(
                "unit failed: \(SafeText(first))"
                    + (failed.count > 1 ? SafeText(" and \(failed.count - 1) more") : ""))
        }
        let dropped = reading.slowValue("agent.dropped")
        if dropped > 0 { warning("agent dropped \(Format.count(dropped)) samples") }
        let offset = reading.slowValue("clock.offset")
        if offset > 0.5 { warning("clock off by \(Format.seconds(offset))") }
        self.events = events
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        var spans: [TextLine.Span] = [.init(" EVENTS", Style(.title, bold: true))]
        for event in events { spans += [.figure("  "), event] }
        TextLine(spans).draw(on: &buffer, in: rect)
    }
}
