import Fleet
import Telemetry
import Text

/// What depends on the list of hosts alone: names as they are drawn, their order, and the widths they need. Made anew
/// when the list changes, not with every frame.
struct FleetNames: Sendable {
    private(set) var names: [SafeText] = []
    /// The groups of each host, as its column shows them.
    private(set) var groups: [SafeText] = []
    /// Each host's place when sorted by name.
    private(set) var ranks: [Int] = []
    private(set) var hostWidth = 4
    private(set) var groupWidth = 5
    private(set) var hasGroups = false
    /// Whether any host's logs tell of requests.
    private(set) var hasRequests = false
    /// Whether agents of more than one version run, or one that is not ours: worth a column only then.
    private(set) var hasVersions = false

    private static let hostWidthMax = 32
    private static let groupWidthMax = 16

    init() {}

    init(_ hosts: [HostState]) {
        names = hosts.map { SafeText($0.id.name) }
        groups = hosts.map { SafeText(($0.summary?.groups ?? []).joined(separator: ",")) }
        hasGroups = groups.contains { !$0.isEmpty }
        hasRequests = hosts.contains { $0.history("http.rate.all") != nil }
        let versions = Set(hosts.compactMap { $0.summary?.agentVersion }.filter { !$0.isEmpty })
        hasVersions = versions.count > 1
        ranks = Array(repeating: 0, count: hosts.count)
        let sorted = hosts.indices.sorted { NaturalOrder.isBefore(hosts[$0].id.name, hosts[$1].id.name) }
        for (rank, place) in sorted.enumerated() { ranks[place] = rank }
        hostWidth = min(Self.hostWidthMax, max(4, names.map(\.width).max() ?? 0))
        groupWidth = min(Self.groupWidthMax, max(5, groups.map(\.width).max() ?? 0))
    }
}
