import Canvas
import Fleet
import Text

/// An alert in one character, which says the same as its colour.
struct AlertMark: Hashable {
    let text: SafeText
    let style: Style

    init(_ alert: Alert) {
        if !alert.silencedBy.isEmpty {
            self.init("~", Style(.silenced))
        } else if alert.mutedBy.contains(.action) {
            self.init("*", Style(.muted))
        } else if !alert.mutedBy.isEmpty {
            self.init("?", Style(.stale))
        } else if alert.state != .firing {
            self.init(".", Style(.muted))
        } else {
            self.init(alert.severity)
        }
    }

    private init(_ text: SafeText, _ style: Style) {
        self.text = text
        self.style = style
    }

    init(_ severity: Severity) {
        switch severity {
        case .critical: (text, style) = ("X", Style(.critical, bold: true))
        case .warning: (text, style) = ("!", Style(.warning, bold: true))
        case .info: (text, style) = ("i", Style(.accent))
        }
    }
}
