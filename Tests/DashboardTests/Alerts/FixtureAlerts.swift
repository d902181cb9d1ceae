import Dashboard
import Fleet
import Telemetry
import TestSupport

/// A board on which something of each kind stands.
enum FixtureAlerts {
    static func alert(
        _ id: String, _ name: String, _ labels: Labels, _ severity: Severity = .critical,
        state: AlertState = .firing, minutes: Int64 = 3, value: String = "98%", threshold: String = "97%",
        condition: String = "disk.used > 97% for 5m", now: Timestamp = FixtureHost.noon
    ) -> Alert {
        let since = now.advanced(byMilliseconds: -minutes * 60_000)
        return Alert(
            id: id, key: AlertKey(name, labels), severity: severity, state: state, since: since,
            firedAt: state == .firing ? since : nil, value: 0.98, valueText: value, thresholdText: threshold,
            summary: "\(name) \(labels["host"] ?? labels["service"] ?? "") \(value) (limit \(threshold))",
            condition: condition, runbook: name == "DiskFull" ? "https://wiki.example.net/disk" : "",
            hooks: ["page"])
    }

    static func board(hooks: Bool = true, now: Timestamp = FixtureHost.noon) -> AlertBoard {
        var acked = alert(
            "b2c1", "DiskFull", ["host": "db-eu-west-001", "mount": "/"], minutes: 120, now: now)
        acked.acknowledged = Acknowledgement(
            by: "marta", at: now.advanced(byMilliseconds: -60_000), note: "resize at 16:00")
        var silenced = alert("d4d4", "HostSilent", ["host": "web-ap-007"], minutes: 9, now: now)
        silenced.silencedBy = ["7c"]
        var disturbed = alert(
            "e5e5", "UnitFailed", ["host": "web-eu-017", "unit": "nginx.service"], .warning, now: now)
        disturbed.mutedBy = [.action]
        let slow = (1...3).map { number in
            alert(
                "a41\(number)", "HttpSlow", ["service": "shop\(number)"], number == 1 ? .critical : .warning,
                minutes: Int64(number), value: "1.84 s", threshold: "800 ms",
                condition: "http.p99(5m) > 800ms for 2m", now: now)
        }
        let pending = alert(
            "f6f6", "CpuBusy", ["host": "web-eu-017"], .info, state: .pending, minutes: 1, value: "96%",
            threshold: "95%", condition: "cpu(5m) > 95% for 30m", now: now)
        func event(
            _ kind: AlertEvent.Kind, _ hours: Double, _ alert: Alert, by: String = "", text: String = ""
        ) -> AlertEvent {
            AlertEvent(
                kind: kind, at: now.advanced(byMilliseconds: -Int64(hours * 3_600_000)), id: alert.id,
                subject: alert.name, place: alert.place, severity: alert.severity, by: by, text: text)
        }
        let silence = Silence(
            id: "7c", selector: "host=web-ap-*", from: now.advanced(byMilliseconds: -600_000),
            until: now.advanced(byMilliseconds: 1_200_000), by: "jo", note: "moving racks")
        return AlertBoard(
            time: now, alerts: slow + [acked, silenced, disturbed, pending], silences: [silence],
            events: [
                event(.firing, 9, acked), event(.resolved, 7, acked), event(.firing, 2, acked),
                event(.acknowledged, 0.01, acked, by: "marta", text: "resize at 16:00"),
            ],
            reports: [
                HookReport(
                    hook: "page", run: 7, status: "firing", attempt: 1, alerts: ["b2c1"], name: "DiskFull",
                    at: now.advanced(byMilliseconds: -7_190_000), isDone: true, outcome: "ok"),
                HookReport(
                    hook: "chat", run: 8, status: "firing", attempt: 2, alerts: ["a411"], name: "HttpSlow",
                    at: now.advanced(byMilliseconds: -50_000), isDone: false, outcome: "later (exit 75)",
                    againAt: now.advanced(byMilliseconds: 10_000), output: "answered 503\nbusy \u{1B}[2J"),
            ], runsHooks: hooks)
    }

    static func chart(_ id: String, now: Timestamp = FixtureHost.noon) -> AlertChart {
        AlertChart(
            id: id, stepMilliseconds: 1000, to: now,
            values: (0..<900).map { place -> Double? in
                let rise = Double(max(0, place - 300))
                return place % 100 == 50 ? nil : 0.4 + 0.0025 * rise
            })
    }
}

extension Stage {
    /// Alerts of a fleet that is live.
    static func alerts(width: Int = 120, height: Int = 36, options: Dashboard.Options? = nil) -> Stage {
        var stage = Stage(
            options ?? Dashboard.Options(screen: .alerts, usesUTC: true), width: width, height: height)
        stage.tell(FixtureFleet(3).history(seconds: 900, ending: stage.now))
        stage.send(.alerts(.board(FixtureAlerts.board())))
        stage.send(.alerts(.chart(FixtureAlerts.chart("a411"))))
        return stage
    }

    var requests: [AlertRequest] {
        effects.compactMap { if case .alert(let request) = $0 { request } else { nil } }
    }
}
