package import Telemetry

/// What names an alert for as long as its rule is called so: the rule's name and the labels of what it looks at.
package struct AlertKey: Hashable, Sendable, Codable, Comparable {
    package let name: String
    /// The identity: `host` and `mount`, or `service`; the rule's own labels are no part of it.
    package let labels: Labels

    package init(_ name: String, _ labels: Labels = [:]) {
        self.name = name
        self.labels = labels
    }

    package static func < (left: AlertKey, right: AlertKey) -> Bool {
        left.name == right.name ? left.labels < right.labels : left.name < right.name
    }

    /// Sixteen hexadecimal digits that are the same on every run (FNV-1a over name and labels).
    package var fingerprint: String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        func add(_ text: String) {
            for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
            // No byte of UTF-8: what is cut elsewhere is another key.
            hash = (hash ^ 0xFF) &* 0x100_0000_01b3
        }
        add(name)
        for pair in labels.pairs {
            add(pair.name)
            add(pair.value)
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }
}

/// Where an alert stands. What is not listed is not: there is no alert.
package enum AlertState: String, Hashable, Sendable, Codable, CaseIterable {
    /// The condition holds, and not yet for as long as the rule wants.
    case pending
    case firing
    case resolved
}

/// Why an alert that fires runs no hook, though nobody silenced it.
package enum AlertMute: String, Hashable, Sendable, Codable, CaseIterable {
    /// The host is silent, and its `HostSilent` tells of it; one that comes and goes is silent without it.
    case hostSilent
    /// Half of the fleet is silent at once, and `HubCutOff` tells of it.
    case hubCutOff
    /// An action or a rollout's step runs on the host, or ran until a minute ago; screens mark it with `*`.
    case action
}

/// Who took an alert on, and with which words.
package struct Acknowledgement: Hashable, Sendable, Codable {
    package var by: String
    package var at: Timestamp
    package var note: String

    package init(by: String, at: Timestamp, note: String = "") {
        self.by = by
        self.at = at
        self.note = note
    }
}

/// A rule's state for one set of labels, as the API, the journal and hooks have it.
package struct Alert: Hashable, Sendable, Codable, Identifiable {
    /// Four hexadecimal digits or more, unique among the alerts that are open: what `martlet ack` takes.
    package var id: String
    package var key: AlertKey
    /// What the rule adds, for hooks and selectors.
    package var labels: Labels
    package var severity: Severity
    package var state: AlertState
    /// When its condition began to hold, by the hub's clock.
    package var since: Timestamp
    /// nil while it has never fired.
    package var firedAt: Timestamp?
    package var resolvedAt: Timestamp?
    /// The value of the condition's first comparison when it last held; nil where it is no finite number.
    package var value: Double?
    /// The same with its unit: `7.3%`. `-` where there is none.
    package var valueText: String
    /// The first comparison's bound, as written: `5%`.
    package var thresholdText: String
    package var summary: String
    /// The rule's condition, printed.
    package var condition: String
    /// A link or a path; empty where the rule has none.
    package var runbook: String
    /// Names of the hooks that are told: the rule's, or those of its severity.
    package var hooks: [String]
    /// Of a service's alert: the host that is worst; empty where that says nothing.
    package var worstHost: String
    /// Since when there is no data; it stays as it was meanwhile.
    package var noDataSince: Timestamp?
    /// In order of their raw values.
    package var mutedBy: [AlertMute]
    /// Whether hooks were told that it fires: only then are they told that it is over.
    package var wasNotified: Bool
    package var acknowledged: Acknowledgement?
    /// The silences' ids.
    package var silencedBy: [String]

    package init(
        id: String, key: AlertKey, labels: Labels = [:], severity: Severity = .warning,
        state: AlertState = .pending, since: Timestamp, firedAt: Timestamp? = nil,
        resolvedAt: Timestamp? = nil, value: Double? = nil, valueText: String = "-",
        thresholdText: String = "-", summary: String = "", condition: String = "", runbook: String = "",
        hooks: [String] = [], worstHost: String = "", noDataSince: Timestamp? = nil,
        mutedBy: [AlertMute] = [], wasNotified: Bool = false, acknowledged: Acknowledgement? = nil,
        silencedBy: [String] = []
    ) {
        self.id = id
        self.key = key
        self.labels = labels
        self.severity = severity
        self.state = state
        self.since = since
        self.firedAt = firedAt
        self.resolvedAt = resolvedAt
        self.value = value
        self.valueText = valueText
        self.thresholdText = thresholdText
        self.summary = summary
        self.condition = condition
        self.runbook = runbook
        self.hooks = hooks
        self.worstHost = worstHost
        self.noDataSince = noDataSince
        self.mutedBy = mutedBy
        self.wasNotified = wasNotified
        self.acknowledged = acknowledged
        self.silencedBy = silencedBy
    }

    package var name: String { key.name }
    /// The host that it is about; nil for a service's or the fleet's.
    package var host: String? { key.labels["host"] }
    package var service: String? { key.labels["service"] }
}
