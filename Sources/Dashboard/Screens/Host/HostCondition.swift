import Canvas
import Fleet
import Telemetry
import Text

/// How the hub stands with a host, as a character, a word and a look.
struct HostCondition {
    let mark: SafeText
    let word: SafeText
    let style: Style

    init(_ reading: HostReading) {
        switch reading.host.summary?.state {
        case nil, .connecting:
            (mark, word, style) = (".", "connecting", Style(.muted))
        case .live:
            (mark, word, style) = ("+", "live", Style(.good))
        case .stale:
            let age = reading.host.summary?.lastFrame.map {
                Double(reading.time.milliseconds(since: Timestamp(milliseconds: $0))) / 1000
            }
            let since: SafeText = age.map { $0 > 0 ? " " + Format.age($0) : "" } ?? ""
            (mark, word, style) = ("?", "stale" + since, Style(.stale, bold: true))
        case .failed:
            (mark, word, style) = ("X", "failed", Style(.critical, bold: true))
        case .off:
            (mark, word, style) = ("-", "off", Style(.muted))
        }
    }
}
