import Canvas
import Fleet
import Telemetry
import Text

/// What the screen says while it has nothing to show of a host: why, and what somebody can do.
struct HostNotice: Widget {
    private let lines: [[TextLine.Span]]

    /// nil where there is something to show.
    /// `past` is the moment looked at; nil while live.
    init?(_ reading: HostReading, isComplete: Bool, hubLoss: String?, past: Timestamp?) {
        guard reading.host.lastTime == nil, reading.host.table == nil else { return nil }
        let source = SafeText(reading.host.summary?.source ?? reading.host.id.name)
        if let hubLoss {
            lines = Self.text(
                .critical, "X No hub: \(SafeText(hubLoss))",
                "It is tried again every few seconds; martlet hub starts one.")
            return
        }
        if isComplete, let past, reading.host.summary != nil {
            let time = Format.clock(milliseconds: past.milliseconds, offsetSeconds: reading.offsetSeconds)
            lines = Self.text(
                .muted, "- Nothing is kept of this host up to \(time).",
                "p goes back to now; . goes on in time.")
            return
        }
        switch reading.host.summary?.state {
        case nil where isComplete:
            lines = Self.text(
                .warning, "! The hub knows no host of this name.",
                "1 shows the fleet; martlet \(SafeText(reading.host.id.name)) adds the host.")
        case nil: lines = Self.text(.muted, ". Asking the hub for this host.", "")
        case .connecting:
            lines = Self.text(
                .muted, ". Connecting: \(source)",
                "The first figures come a second after the agent has answered.")
        case .failed(let reason, let retryAt):
            let time = Format.clock(milliseconds: retryAt, offsetSeconds: reading.offsetSeconds)
            lines = Self.text(
                .critical, "X \(source) failed: \(SafeText(reason))",
                "Tried again at \(time). ! opens a shell there, to look for yourself.")
        case .off:
            lines = Self.text(
                .muted, "- This host is listed and not dialled.",
                "martlet \(SafeText(reading.host.id.name)) connects it.")
        case .stale:
            lines = Self.text(
                .stale, "? No frame comes from \(source).",
                "The host hangs or the way to it is cut. ! opens a shell there.")
        case .live:
            lines = Self.text(
                .muted,
                isComplete ? ". Live; the first figures come within a second." : ". Reading its history.", "")
        }
    }

    private static func text(_ role: Role, _ what: SafeText, _ remedy: SafeText) -> [[TextLine.Span]] {
        [[.init(what, Style(role, bold: true))], [.label(remedy)]]
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        let top = rect.height > 6 ? rect.height / 3 : 0
        let left = rect.width > 60 ? 4 : rect.width > 20 ? 1 : 0
        var row = top
        for spans in lines {
            for line in Self.wrapped(spans, width: rect.width - left) where row < rect.height {
                line.draw(on: &buffer, in: rect.row(row).inset(left: left))
                row += 1
            }
        }
    }

    /// Broken at spaces: a reason that is cut off helps nobody.
    private static func wrapped(_ spans: [TextLine.Span], width: Int) -> [TextLine] {
        guard let span = spans.first, width > 0 else { return [] }
        var lines: [TextLine] = []
        var line: SafeText = ""
        for word in span.text.string.split(separator: " ") {
            let word = SafeText(String(word))
            let longer = line.isEmpty ? word : line + " " + word
            if longer.width > width, !line.isEmpty {
                lines.append(TextLine([.init(line, span.style)]))
                line = word
            } else {
                line = longer
            }
        }
        return lines + [TextLine([.init(line, span.style)])]
    }
}
