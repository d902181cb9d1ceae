import Fleet
import Foundation
import Telemetry

/// What a hook gets of one run: the MARTLET_ variables, all of them always, and the JSON on its standard input
/// (docs/hooks.md).
struct HookFacts: Sendable {
    /// How people reach the hub's machine.
    let hubHost: String
    let run: HookRun
    /// `firing`, `resolved` or `test`.
    let status: String

    init(_ run: HookRun, hubHost: String, isTest: Bool = false) {
        self.run = run
        self.hubHost = hubHost
        status = isTest ? "test" : run.status
    }

    var environment: [String: String] {
        let worst = run.worst
        let alert = worst?.alert
        var facts: [String: String] = [
            "STATUS": status, "ALERT": alert?.name ?? "", "SEVERITY": alert?.severity.rawValue ?? "",
            "COUNT": "\(run.notices.count)", "HOST": alert?.host ?? "", "SERVICE": alert?.service ?? "",
            "VALUE": alert?.valueText ?? "", "THRESHOLD": alert?.thresholdText ?? "",
            "SUMMARY": alert?.summary ?? "", "AT": worst.map { Self.text(Self.time(of: $0)) } ?? "",
            "SINCE": alert.map { Self.text($0.since) } ?? "", "ID": alert?.id ?? "",
            "OPEN": alert.map { "ssh -t \(hubHost) martlet --at \($0.id)" } ?? "",
            "RUNBOOK": alert?.runbook ?? "",
            "KEY": "\(alert?.name ?? run.hook)/\(alert?.id ?? "")/\(status)/\(run.number)",
            "REPEAT": "\(worst?.repeats ?? 0)", "ATTEMPT": "\(run.attempt)",
            "UNJOURNALED": run.isJournaled ? "" : "1",
        ]
        for (name, value) in facts { facts[name] = value.replacing("\0", with: "") }
        return Dictionary(
            facts.map { ("MARTLET_\($0.key)", $0.value) }, uniquingKeysWith: { first, _ in first })
    }

    /// Of a heartbeat, which tells of no alert: what a hook's script reads is there, and empty.
    static func alive(at time: Timestamp) -> [String: String] {
        var facts = Dictionary(uniqueKeysWithValues: names.map { ("MARTLET_\($0)", "") })
        facts["MARTLET_STATUS"] = "alive"
        facts["MARTLET_AT"] = text(time)
        return facts
    }

    /// The names of all of them, for documents that list them.
    static let names = [
        "STATUS", "ALERT", "SEVERITY", "COUNT", "HOST", "SERVICE", "VALUE", "THRESHOLD", "SUMMARY", "AT",
        "SINCE",
        "ID", "OPEN", "RUNBOOK", "KEY", "REPEAT", "ATTEMPT", "UNJOURNALED",
    ]

    /// When it began to fire, or was over.
    private static func time(of notice: HookNotice) -> Timestamp {
        switch notice.moment {
        case .firing: notice.alert.firedAt ?? notice.alert.since
        case .resolved: notice.alert.resolvedAt ?? notice.alert.since
        }
    }

    /// RFC 3339, UTC, to the second.
    static func text(_ time: Timestamp) -> String {
        Date(timeIntervalSince1970: Double(time.milliseconds / 1000)).formatted(.iso8601)
    }

    // MARK: Standard input

    static let inputBytesMax = 256 << 10

    /// One object in the shape of Alertmanager's webhook; of more alerts than fit the last are left out and counted.
    var input: [UInt8] {
        let alerts = run.notices.sorted { left, right in
            (left.moment == .firing ? 0 : 1, -Self.rank(left), left.number)
                < (right.moment == .firing ? 0 : 1, -Self.rank(right), right.number)
        }.map { HookAlert($0, status: status, hubHost: hubHost) }
        var count = alerts.count
        while true {
            let message = HookMessage(
                run, status: status, alerts: Array(alerts.prefix(count)), of: alerts.count, hubHost)
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            guard let data = try? encoder.encode(message) else { return Array("{}\n".utf8) }
            if data.count < Self.inputBytesMax || count == 0 { return Array(data) + [0x0A] }
            count = min(count - 1, count * (Self.inputBytesMax - 1024) / data.count)
        }
    }

    private static func rank(_ notice: HookNotice) -> Int {
        Severity.allCases.firstIndex(of: notice.alert.severity) ?? 0
    }
}

/// Alertmanager's webhook message, version 4, as its documentation has it.
private struct HookMessage: Encodable {
    let version = "4"
    let groupKey: String
    let status: String
    let receiver: String
    let groupLabels: [String: String]
    let commonLabels: [String: String]
    let commonAnnotations: [String: String]
    let externalURL: String
    let truncatedAlerts: Int
    let alerts: [HookAlert]

    init(_ run: HookRun, status: String, alerts: [HookAlert], of count: Int, _ hubHost: String) {
        groupKey = "\(run.hook)/\(run.number)"
        self.status = status
        receiver = run.hook
        self.alerts = alerts
        truncatedAlerts = count - alerts.count
        externalURL = "ssh://\(hubHost)"
        commonLabels = Self.common(alerts.map(\.labels))
        commonAnnotations = Self.common(alerts.map(\.annotations))
        groupLabels = commonLabels["alertname"].map { ["alertname": $0] } ?? [:]
    }

    private static func common(_ all: [[String: String]]) -> [String: String] {
        guard let first = all.first else { return [:] }
        return first.filter { pair in all.allSatisfy { $0[pair.key] == pair.value } }
    }
}

private struct HookAlert: Encodable {
    let status: String
    let labels: [String: String]
    let annotations: [String: String]
    let startsAt: String
    let endsAt: String
    let generatorURL: String
    let fingerprint: String

    /// What Go prints for no time: receivers know it as "not over".
    private static let never = "0001-01-01T00:00:00Z"

    init(_ notice: HookNotice, status: String, hubHost: String) {
        let alert = notice.alert
        self.status = status == "test" ? "firing" : notice.moment.rawValue
        var labels = Dictionary(
            (alert.labels.pairs + alert.key.labels.pairs).map { ($0.name, $0.value) },
            uniquingKeysWith: { _, last in last })
        labels["alertname"] = alert.name
        labels["severity"] = alert.severity.rawValue
        self.labels = labels
        annotations = [
            "id": alert.id, "summary": alert.summary, "value": alert.valueText,
            "threshold": alert.thresholdText,
            "condition": alert.condition, "runbook_url": alert.runbook,
            "open": "ssh -t \(hubHost) martlet --at \(alert.id)",
        ].filter { !$0.value.isEmpty }
        startsAt = HookFacts.text(alert.firedAt ?? alert.since)
        endsAt = notice.moment == .resolved ? alert.resolvedAt.map(HookFacts.text) ?? Self.never : Self.never
        generatorURL = "ssh://\(hubHost)"
        fingerprint = alert.key.fingerprint
    }
}
