import Fleet
import Telemetry
import Text

/// One board after another as text: each alert when it is there first, when its state changes, and when it is over.
struct AlertPrinter {
    let format: ListFormat
    private var known: [AlertKey: Alert] = [:]
    private var wasTitled = false

    init(format: ListFormat) {
        self.format = format
    }

    mutating func text(of board: AlertBoard) -> String {
        var changed: [Alert] = []
        for alert in board.alerts {
            let before = known.updateValue(alert, forKey: alert.key)
            if before.map(AlertText.state) != AlertText.state(alert) { changed.append(alert) }
        }
        let open = Set(board.alerts.map(\.key))
        for (key, alert) in known.sorted(by: { $0.key < $1.key }) where !open.contains(key) {
            known[key] = nil
            // What never fired is nothing that is over.
            guard alert.state == .firing else { continue }
            var over = alert
            (over.state, over.resolvedAt) = (.resolved, board.time)
            changed.append(over)
        }
        return text(changed, at: board.time)
    }

    private mutating func text(_ alerts: [Alert], at now: Timestamp) -> String {
        switch format {
        case .table: return alerts.map { line($0, at: now) + "\n" }.joined()
        case .json, .jsonl: return alerts.map { ((try? ListText.json($0)) ?? "") + "\n" }.joined()
        case .csv:
            guard !wasTitled || !alerts.isEmpty else { return "" }
            defer { wasTitled = true }
            let text = (try? AlertListCommand.table(alerts, at: now).text(as: .csv)) ?? ""
            return wasTitled ? String(text.drop { !$0.isNewline }.dropFirst()) : text
        }
    }

    private func line(_ alert: Alert, at now: Timestamp) -> String {
        let owner = alert.acknowledged.map { " - \($0.by) has it" } ?? ""
        return SafeText(
            "\(AlertText.time(now)) \(alert.id) \(AlertText.state(alert)) \(alert.severity.rawValue) \(alert.summary)\(owner)"
        ).string
    }
}
