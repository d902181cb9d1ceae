import Canvas
import Fleet
import Telemetry
import Text

/// What the dashboard does about alerts: it takes the hub's boards, rings, and asks for what people want.
extension Dashboard {
    mutating func take(_ news: AlertNews) -> [Effect] {
        switch news {
        case .board(let board):
            let new = NewAlerts(from: alerts.board, to: board).alerts
            alerts.take(board)
            return ring(new)
        case .chart(let chart): alerts.take(chart)
        case .hides(let selector, let hides):
            guard case .alert(var dialog) = prompt else { return [] }
            dialog.take(hides: hides, of: selector)
            prompt = .alert(dialog)
        case .done(let words):
            if case .alert(let dialog) = prompt, dialog.kind == .silence { prompt = nil }
            say(words)
        case .refused(let request, let reason):
            if case .alert(var dialog) = prompt {
                dialog.take(refusal: reason, of: request)
                prompt = .alert(dialog)
            } else if case .chart = request {
                // What has no chart any more is about to leave the list.
            } else {
                say(reason)
            }
        }
        return []
    }

    /// By severity, and only where somebody wants it: a bell at night is a thing to choose.
    private func ring(_ new: [Alert]) -> [Effect] {
        var effects: [Effect] = []
        if let least = options.bell, new.contains(where: { $0.severity >= least }) { effects.append(.bell) }
        if let least = options.notification {
            let grave = new.filter { $0.severity >= least }.sorted { $0.severity > $1.severity }
            if let worst = grave.first {
                let more = grave.count > 1 ? " and \(grave.count - 1) more" : ""
                effects.append(.notify("martlet: \(worst.name) \(worst.place): \(worst.summary)\(more)"))
            }
        }
        return effects
    }

    /// The alerts that `a` and `S` mean: the selected one, all of a rule's row, or the worst of the host that is selected.
    private var meantAlerts: [Alert] {
        screen == .alerts ? alertsScreen.meant : meantAlert.map { [$0] } ?? []
    }

    /// The one that is looked at: of a rule's row its first.
    private var meantAlert: Alert? {
        if screen == .alerts { return alertsScreen.alert }
        return shown.subject(context).flatMap { alerts.worst(of: $0) }
    }

    mutating func openAcknowledgement() {
        let meant = meantAlerts
        guard !meant.isEmpty else { return say(Self.noAlert) }
        prompt = .alert(AlertDialog(acknowledge: meant))
    }

    mutating func openSilence() -> [Effect] {
        let meant = meantAlerts
        let open = alerts.board?.alerts.count { $0.name == meant.first?.name } ?? 0
        let dialog = AlertDialog(silence: meant, areAll: meant.count == open)
        prompt = .alert(dialog)
        return dialog.firstRequest.map { [.alert($0)] } ?? []
    }

    mutating func openNote() {
        let place = meantAlert?.host ?? shown.subject(context)?.name ?? ""
        prompt = .alert(AlertDialog(noteAt: place.isEmpty ? "" : "host=\(place)"))
    }

    mutating func openHandover() {
        guard let board = alerts.board else { return say("the hub has not told of alerts yet") }
        let offset = options.offsetSeconds
        let handover = Handover(
            board: board, hosts: state.hosts.compactMap(\.summary),
            clock: { Format.dateTime(milliseconds: $0.milliseconds, offsetSeconds: offset).string },
            minute: { Format.clockMinute(milliseconds: $0.milliseconds, offsetSeconds: offset).string },
            age: { Format.age(max(0, Double($1.milliseconds(since: $0)) / 1000)).string })
        prompt = .alert(AlertDialog(handover: handover.lines + [""] + handover.happened(state.marks)))
    }

    /// The alert's own runbook, and what hosts.yaml links its host, or the selected one, to.
    mutating func showRunbook() {
        let alert = meantAlert
        let host = alert.map { $0.host.map { HostID($0) } } ?? shown.subject(context)
        var links = host.flatMap { state[$0]?.summary?.links } ?? [:]
        if let alert, !alert.runbook.isEmpty { links["runbook"] = alert.runbook }
        if let runbook = links.removeValue(forKey: "runbook") {
            let others = links.sorted { $0.key < $1.key }.map { "  \($0.key) \($0.value)" }
            return say(runbook + others.joined())
        }
        guard links.isEmpty else {
            return say(
                links.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: "  "))
        }
        if let alert { return say("\(alert.name) has no runbook; runbook: of its rule gives it one") }
        guard let host else { return say(Self.noAlert) }
        say("\(host.name) has no links; links: of hosts.yaml gives it some")
    }

    private static let noAlert = "no alert is selected"

    /// Opens what an alert is about: its host, or its service's requests.
    mutating func openEvidence() {
        guard let alert = alertsScreen.alert else { return }
        if let host = alert.host {
            show(host: HostID(host))
        } else if alert.service != nil {
            showTraffic()
        } else {
            say("\(alert.name) is about the whole fleet")
        }
    }

    mutating func takeInAlert(_ press: KeyPress, _ dialog: AlertDialog) -> [Effect] {
        var dialog = dialog
        let outcome = dialog.take(press)
        return finish(outcome, dialog)
    }

    mutating func paste(_ text: String, in dialog: AlertDialog) -> [Effect] {
        var dialog = dialog
        let outcome = dialog.paste(text)
        return finish(outcome, dialog)
    }

    private mutating func finish(_ outcome: AlertDialog.Outcome, _ dialog: AlertDialog) -> [Effect] {
        switch outcome {
        case .stays:
            prompt = .alert(dialog)
            return []
        case .closes:
            prompt = nil
            return []
        case .asks(let request):
            prompt = .alert(dialog)
            return [.alert(request)]
        case .does(let request):
            prompt = nil
            return [.alert(request)]
        case .copies(let text):
            prompt = .alert(dialog)
            say("copied, where the terminal takes it (OSC 52); martlet handover prints the same")
            return [.copy(text)]
        }
    }

    /// Asks for the chart of the alert that is looked at, and again while it is.
    mutating func askChart() -> [Effect] {
        guard screen == .alerts, let alert = alertsScreen.alert else {
            chartAsked = nil
            return []
        }
        if let asked = chartAsked, asked.id == alert.id,
            now.milliseconds(since: asked.at) < Self.chartMilliseconds
        {
            return []
        }
        chartAsked = ChartAsked(id: alert.id, at: now)
        // From before it began to hold, so that its rise is seen.
        let age = max(0, now.milliseconds(since: alert.since))
        let range = AlertChart.spanRange
        let span = max(Self.chartSpan, min(age + age / 2, range.upperBound))
        return [.alert(.chart(id: alert.id, spanMilliseconds: span))]
    }

    struct ChartAsked: Hashable, Sendable {
        var id: String
        var at: Timestamp
    }

    private static let chartMilliseconds: Int64 = 5000
    private static let chartSpan: Int64 = 900_000
}
