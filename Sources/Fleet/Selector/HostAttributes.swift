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

    /// What one of its series has under a name of selectors and conditions: the series' own label, which `mount` and `unit`
    /// may call as node_exporter does not, or else the host's tag.
    func value(of name: String, _ labels: Labels) -> String? {
        if let value = labels[name] { return value }
        let exported: String? =
            switch name {
            case "mount": labels["mountpoint"]
            case "unit": labels["name"]
            default: nil
            }
        return exported ?? tags[name]
    }
}
