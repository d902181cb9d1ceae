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
}
