package import Telemetry

/// What is asked of the hub: a mark on the charts.
package struct MarkRequest: Codable, Hashable, Sendable {
    package var kind: Mark.Kind
    package var title: String
    /// nil for now.
    package var at: Timestamp?
    package var service: String
    package var hosts: [String]
    /// A selector whose hosts are added to these; empty for none.
    package var group: String
    package var by: String
    package var link: String

    package init(
        kind: Mark.Kind = .deploy, title: String, at: Timestamp? = nil, service: String = "",
        hosts: [String] = [], group: String = "", by: String, link: String = ""
    ) {
        self.kind = kind
        self.title = title
        self.at = at
        self.service = service
        self.hosts = hosts
        self.group = group
        self.by = by
        self.link = link
    }
}
