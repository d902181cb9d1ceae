import Fleet
import Telemetry

/// Which hosts are shown, in which order, and how they are: worked out once a second, not with every frame.
struct FleetOrder: Sendable {
    private(set) var lines: [FleetLine] = []
    private(set) var groups: [FleetGroup] = []
    /// Of every host of the list.
    private(set) var health: [FleetHealth] = []
    /// Hosts of the scope, and of those the ones that match the query.
    private(set) var total = 0
    private(set) var matching: [Int] = []

    /// What the order is made by.
    struct Basis: Hashable, Sendable {
        var column = FleetColumn.state
        var isInverted = false
        var isGrouped = false
        var folded: Set<String> = []
    }

    init() {}

    /// - Parameter held: the lines to keep in their order, those that are new at the end; nil to sort.
    init(_ context: ScreenContext, _ names: FleetNames, _ basis: Basis, held: [FleetLineID]?) {
        let hosts = context.state.hosts
        var times: [Timestamp] = []
        times.reserveCapacity(hosts.count)
        health.reserveCapacity(hosts.count)
        for host in hosts {
            times.append(context.time(of: host))
            health.append(FleetHealth(host, context))
        }
        for place in hosts.indices {
            if let scope = context.scope, !scope.contains(hosts[place].id) { continue }
            total += 1
            guard
                context.query.isEmpty
                    || context.query.matches(
                        FleetRow(host: hosts[place], time: times[place], now: context.now))
            else { continue }
            matching.append(place)
        }
        if let held {
            keep(held, context.state)
        } else {
            sort(hosts, times, names, basis, now: context.now)
        }
        if basis.isGrouped {
            group(hosts, times, basis.folded, now: context.now)
        } else {
            lines = matching.map(FleetLine.host)
        }
    }

    private mutating func sort(
        _ hosts: [HostState], _ times: [Timestamp], _ names: FleetNames, _ basis: Basis, now: Timestamp
    ) {
        let column = basis.column
        // One number a host, so that sorting compares nothing else; what has no value stands last either way.
        let keys: [Double] = hosts.indices.map { place in
            switch column {
            case .state: return Double(health[place].grade.rawValue)
            case .host, .trend, .memoryTrend: return Double(names.ranks[place])
            case .group, .agent: return 0
            default: return column.value(hosts[place], at: times[place], now: now)
            }
        }
        let isAscending = column.isAscendingAtFirst != basis.isInverted
        matching.sort { left, right in
            if column == .group, names.groups[left] != names.groups[right] {
                return (names.groups[left] < names.groups[right]) == isAscending
            }
            if column == .agent {
                let (one, other) = (hosts[left].agentVersion, hosts[right].agentVersion)
                if one != other { return NaturalOrder.isBefore(one, other) == isAscending }
            }
            let (one, other) = (keys[left], keys[right])
            if one != other, !(one.isNaN && other.isNaN) {
                if one.isNaN || other.isNaN { return other.isNaN }
                return (one < other) == isAscending
            }
            return names.ranks[left] < names.ranks[right]
        }
    }

    /// The order of before, without what is gone, then what is new.
    private mutating func keep(_ held: [FleetLineID], _ state: FleetState) {
        var places: [HostID: Int] = [:]
        for place in matching { places[state.hosts[place].id] = place }
        var kept: [Int] = []
        for case .host(let id) in held {
            if let place = places.removeValue(forKey: id) { kept.append(place) }
        }
        matching = kept + matching.filter { places[state.hosts[$0].id] != nil }
    }

    /// Groups by name, each with its hosts in the order of the table; a host of several groups stands in its first.
    private mutating func group(
        _ hosts: [HostState], _ times: [Timestamp], _ folded: Set<String>, now: Timestamp
    ) {
        var members: [String: [Int]] = [:]
        for place in matching { members[hosts[place].summary?.groups.first ?? "", default: []].append(place) }
        for name in members.keys.sorted(by: NaturalOrder.isBefore) {
            var group = FleetGroup(name)
            for place in members[name] ?? [] {
                group.take(hosts[place], health[place], at: times[place], now: now)
            }
            lines.append(.group(groups.count))
            groups.append(group)
            if !folded.contains(name) { lines += (members[name] ?? []).map(FleetLine.host) }
        }
    }

    func id(_ line: FleetLine, _ state: FleetState) -> FleetLineID {
        switch line {
        case .group(let place): .group(groups[place].name)
        case .host(let place): .host(state.hosts[place].id)
        }
    }

    func count(_ grade: FleetHealth.Grade) -> Int {
        matching.reduce(0) { $0 + (health[$1].grade == grade ? 1 : 0) }
    }
}
