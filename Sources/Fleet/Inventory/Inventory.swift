import Telemetry

/// All hosts that hosts.yaml and its inventory commands give, each with what everything together says of it.
package struct Inventory: Hashable, Sendable {
    /// In the order of their names, as people count: web2 before web10.
    package private(set) var targets: [HostTarget] = []
    package private(set) var errors: [ConfigurationError] = []
    /// Those of whose interval nothing is said.
    private var sampledByDefault: Set<String> = []

    package init() {}

    /// Merges, the nearest first: a host's own field, then its groups', the defaults, the inventory's.
    package init(_ file: HostsFile, answers: [InventoryAnswer] = []) {
        let merged = Self.settings(of: file, answers)
        errors = file.errors + merged.errors
        for (name, found) in merged.hosts {
            var target = HostTarget(name)
            target.groups = found.groups
            found.settings.apply(to: &target)
            if found.settings.byKey["interval"] == nil { sampledByDefault.insert(name) }
            targets.append(target)
        }
        if targets.count > HostRange.hostsMax {
            errors.append(
                ConfigurationError(
                    Place(file: "hosts.yaml"), "\(targets.count) hosts: one hub takes \(HostRange.hostsMax)"))
        }
        completeJumps()
        raiseSilences()
        targets.sort { NaturalOrder.isBefore($0.name, $1.name) }
    }

    /// Shorter than three samples would call every host silent.
    private mutating func raiseSilences() {
        for place in targets.indices {
            let least = 3 * Int64(targets[place].intervalMilliseconds)
            targets[place].silentAfterMilliseconds = max(targets[place].silentAfterMilliseconds, least)
        }
    }

    /// Notes when the inventory that knows each of these hosts answered last; it does not answer now.
    package mutating func take(answeredAt times: [String: Int64]) {
        for place in targets.indices { targets[place].inventoryAnsweredAt = times[targets[place].name] }
    }

    /// What is known of a file that `agent_conf` names.
    package struct SentFile: Hashable, Sendable {
        package let digest: String
        /// Milliseconds; nil where the file does not say.
        package let interval: UInt32?

        package init(digest: String, interval: UInt32?) {
            self.digest = digest
            self.interval = interval
        }
    }

    /// Takes what the files say that are sent to hosts, by their paths: an interval holds where nothing nearer has one.
    package mutating func take(_ sent: [String: SentFile]) {
        for place in targets.indices {
            guard let file = targets[place].agentConfiguration.flatMap({ sent[$0] }) else { continue }
            targets[place].agentConfigurationDigest = file.digest
            if let interval = file.interval, sampledByDefault.contains(targets[place].name) {
                targets[place].intervalMilliseconds = interval
            }
        }
        raiseSilences()
    }

    /// What everything together says of each host, and where groups say two things.
    static func settings(
        of file: HostsFile, _ answers: [InventoryAnswer] = []
    ) -> (hosts: [String: (groups: [String], settings: HostSettings)], errors: [ConfigurationError]) {
        var known: [String: InventoryAnswer.Host] = [:]
        for answer in answers {
            for (name, host) in answer.hosts {
                var all = known[name] ?? InventoryAnswer.Host()
                all.groups.formUnion(host.groups)
                all.settings.override(with: host.settings)
                known[name] = all
            }
        }
        var conflicts: Set<ConfigurationError> = []
        var found: [String: (groups: [String], settings: HostSettings)] = [:]
        for name in Set(file.hosts.keys).union(known.keys) {
            let own = file.hosts[name]
            let answer = known[name]
            let groups = Set(own?.groups.keys.map(\.self) ?? []).union(answer?.groups ?? []).sorted()
            var settings = answer?.settings ?? HostSettings()
            settings.override(with: file.defaults)
            settings.override(with: Self.union(of: groups, file, own, &conflicts))
            if let own { settings.override(with: own.settings) }
            found[name] = (groups, settings)
        }
        return (found, conflicts.sorted { ($0.place, $0.reason) < ($1.place, $1.reason) })
    }

    package subscript(name: String) -> HostTarget? {
        targets.first { $0.name == name }
    }

    /// What the groups say together; of two that give one field two values neither wins, unless the host itself has it.
    private static func union(
        of groups: [String], _ file: HostsFile, _ own: HostsFile.Host?,
        _ conflicts: inout Set<ConfigurationError>
    ) -> HostSettings {
        var union = HostSettings()
        var givers: [String: String] = [:]
        for group in groups {
            guard let settings = file.groups[group] else { continue }
            for (key, placed) in settings.byKey {
                if let before = union.byKey[key], before.setting != placed.setting,
                    own?.settings.byKey[key] == nil
                {
                    let (first, second) = before.place < placed.place ? (before, placed) : (placed, before)
                    let (one, other) = [givers[key] ?? "", group].sorted { $0 < $1 }.pair
                    conflicts.insert(
                        ConfigurationError(
                            second.place,
                            "groups \(one) and \(other) give \(key) two values: `\(second.setting.value)` here, "
                                + "`\(first.setting.value)` at \(first.place), and hosts stand in both; "
                                + "say it on each of those hosts, or in one group"))
                } else {
                    union.set(placed.setting, placed.place)
                    givers[key] = group
                }
            }
        }
        return union
    }

    /// A jump host that is a host of the file is reached as the file says.
    private mutating func completeJumps() {
        let known = Dictionary(targets.map { ($0.name, $0.destination) }) { first, _ in first }
        for place in targets.indices where !targets[place].jumps.isEmpty {
            targets[place].jumps = targets[place].jumps.map { known[$0.address] ?? $0 }
        }
    }
}

extension [String] {
    fileprivate var pair: (String, String) { (first ?? "", last ?? "") }
}

extension Inventory {
    /// Groups that the file speaks of and no host stands in: a typing mistake, as a rule.
    package func emptyGroups(of file: HostsFile) -> [String] {
        let used = Set(targets.flatMap(\.groups))
        return file.groupNames.filter { !used.contains($0) }
    }

    package var attributes: [HostAttributes] { targets.map(\.attributes) }
}

extension HostTarget {
    /// By what it is selected.
    package var attributes: HostAttributes {
        HostAttributes(
            name: name, groups: groups, tags: Labels(tags.map { Label($0.key, $0.value) }))
    }
}
