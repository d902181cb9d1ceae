package import Telemetry

/// By what a host is selected.
package struct HostAttributes: Hashable, Sendable {
    package var name: String
    package var groups: [String]
    package var tags: Labels

    package init(name: String, groups: [String] = [], tags: Labels = Labels()) {
        self.name = name
        self.groups = groups
        self.tags = tags
    }

    /// What one of its series has under a name of selectors and conditions: the series' own label, or else the host's tag, or
    /// else what node_exporter calls a `mount` and a `unit`.
    func value(of name: String, _ labels: Labels) -> String? {
        if let value = labels[name] ?? tags[name] { return value }
        switch name {
        case "mount": return labels["mountpoint"]
        case "unit": return labels["name"].flatMap { Self.isUnit($0) ? $0 : nil }
        default: return nil
        }
    }

    /// Whether it is a name of systemd.unit(5); processes and chips have a label `name`, too.
    private static func isUnit(_ name: String) -> Bool {
        name.lastIndex(of: ".").map { unitTypes.contains(name[name.index(after: $0)...]) } ?? false
    }

    private static let unitTypes: Set<Substring> = [
        "service", "socket", "device", "mount", "automount", "swap", "target", "path", "timer", "slice",
        "scope",
    ]
}
