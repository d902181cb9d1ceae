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

    private static let hostWidthMax = 32
    private static let groupWidthMax = 16

    init() {}

    init(_ hosts: [HostState]) {
        names = hosts.map { SafeText($0.id.name) }
        groups = hosts.map { SafeText(($0.summary?.groups ?? []).joined(separator: ",")) }
        hasGroups = groups.contains { !$0.isEmpty }
        hasRequests = hosts.contains { $0.history("http.rate.all") != nil }
        ranks = Array(repeating: 0, count: hosts.count)
        let sorted = hosts.indices.sorted { Self.isBefore(hosts[$0].id.name, hosts[$1].id.name) }
        for (rank, place) in sorted.enumerated() { ranks[place] = rank }
        hostWidth = min(Self.hostWidthMax, max(4, names.map(\.width).max() ?? 0))
        groupWidth = min(Self.groupWidthMax, max(5, groups.map(\.width).max() ?? 0))
    }

    /// By letters, and by value where both have digits: web2 stands before web10.
    static func isBefore(_ left: String, _ right: String) -> Bool {
        var (a, b) = (left.utf8[...], right.utf8[...])
        while let first = a.first, let second = b.first {
            if isDigit(first), isDigit(second) {
                let (one, other) = (
                    a.prefix(while: isDigit).drop { $0 == 0x30 }, b.prefix(while: isDigit).drop { $0 == 0x30 }
                )
                if one.count != other.count { return one.count < other.count }
                if !one.elementsEqual(other) { return one.lexicographicallyPrecedes(other) }
                a = a.drop(while: isDigit)
                b = b.drop(while: isDigit)
            } else {
                if first != second { return first < second }
                a = a.dropFirst()
                b = b.dropFirst()
            }
        }
        return a.isEmpty && b.isEmpty ? left < right : a.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
