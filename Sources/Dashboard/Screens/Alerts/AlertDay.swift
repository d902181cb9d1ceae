import Fleet
import Telemetry

/// When an alert fired within the last day, an hour a cell.
enum AlertDay {
    static let hours = 24
    private static let hour: Int64 = 3_600_000

    /// The share of each hour in which it fired, the newest last; NaN where the board reaches not so far back.
    static func cells(of alert: Alert, _ board: AlertBoard, now: Timestamp) -> [Double] {
        let dawn = now.milliseconds - Int64(hours) * hour
        let knownFrom = max(dawn, board.knownFrom?.milliseconds ?? dawn)
        var spans: [(from: Int64, to: Int64)] = []
        var open: Int64?
        for event in board.events where event.subject == alert.name && event.place == alert.place {
            switch event.kind {
            case .firing: open = event.at.milliseconds
            case .resolved:
                // What began before the first event that is known.
                spans.append((open ?? knownFrom, event.at.milliseconds))
                open = nil
            case .late: spans.append((event.at.milliseconds, (event.until ?? event.at).milliseconds))
            case .acknowledged, .silenced, .expired, .note, .hook: continue
            }
        }
        if alert.state == .firing {
            spans.append((open ?? (alert.firedAt ?? alert.since).milliseconds, now.milliseconds))
        }
        return (0..<Int64(hours)).map { place in
            let start = dawn + place * hour
            let end = start + hour
            let fired = spans.reduce(Int64(0)) { $0 + max(0, min($1.to, end) - max($1.from, start)) }
            if fired > 0 { return max(0.2, min(1, Double(fired) / Double(hour))) }
            return end <= knownFrom ? .nan : 0
        }
    }
}
