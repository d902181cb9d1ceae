/// hosts.yaml, read and checked, before it is merged with what inventories say (docs/hosts-yaml.md).
package struct HostsFile: Hashable, Sendable {
    package private(set) var dial = DialOptions()
    package private(set) var sources: [InventorySource] = []
    private(set) var defaults = HostSettings()
    private(set) var groups: [String: HostSettings] = [:]
    private(set) var hosts: [String: Host] = [:]
    package private(set) var errors: [ConfigurationError] = []

    /// What the file says of one name, before groups and defaults are put below it.
    struct Host: Hashable, Sendable {
        /// The groups it stands in, and where.
        var groups: [String: Place] = [:]
        var settings = HostSettings()
    }

    package static let keys = ["version", "ssh", "inventory", "defaults", "groups", "hosts"]
    package static let sshKeys = ["at_once", "connect_timeout", "keepalive", "share_jumps", "trust_new"]
    package static let groupKeys = HostSettings.sharedKeys + ["hosts"]
    /// What `group=` and a bare word select.
    private static let reservedGroups: Set<String> = ["all", "ungrouped"]

    private let folder: String

    /// Of all tags that it gives, to hosts or to groups without any.
    package var tagKeys: [String] {
        let all = [defaults] + groups.values + hosts.values.map(\.settings)
        return all.flatMap(\.tagKeys)
    }

    package var groupNames: [String] { groups.keys.sorted() }

    /// `isAnswer`: what an inventory command printed in this format, which dials nothing and asks no one else.
    package init(_ root: ConfigurationNode, isAnswer: Bool = false) {
        folder = root.place.file.lastIndex(of: "/").map { String(root.place.file[..<$0]) } ?? "."
        var reader = MappingReader(
            root, keys: isAnswer ? Self.keys.filter { $0 != "ssh" && $0 != "inventory" } : Self.keys)
        reader.version()
        if !isAnswer {
            if let node = reader.node("ssh") { readDialling(node, &reader) }
            if let nodes = reader.read("inventory", { node throws(ConfigurationError) in try node.list() }) {
                var found: [ConfigurationError] = []
                sources = nodes.compactMap { InventorySource($0, &found) }
                reader.take(found)
            }
        }
        if let node = reader.node("defaults") {
            var inner = MappingReader(node, keys: HostSettings.sharedKeys)
            defaults = HostSettings(&inner, folder: folder)
            reader.take(inner.errors)
        }
        if let node = reader.node("groups") { readGroups(node, &reader) }
        if let node = reader.node("hosts") { readHosts(node, group: nil, &reader) }
        if hosts.count > HostRange.hostsMax {
            reader.refuse(root.place, "\(hosts.count) hosts: one hub takes \(HostRange.hostsMax)")
        }
        errors = reader.errors.sorted { $0.place < $1.place }
    }

    private mutating func readDialling(_ node: ConfigurationNode, _ reader: inout MappingReader) {
        var ssh = MappingReader(node, keys: Self.sshKeys)
        if let count = ssh.whole("at_once", in: DialOptions.atOnceRange) { dial.atOnce = count }
        if let wait = ssh.duration("connect_timeout", in: .seconds(1)...(.seconds(300))) {
            dial.connectTimeoutSeconds = Int(wait.components.seconds)
        }
        if let wait = ssh.duration("keepalive", in: .seconds(1)...(.seconds(300))) {
            dial.keepaliveSeconds = Int(wait.components.seconds)
        }
        if let shares = ssh.isYes("share_jumps") { dial.sharesJumps = shares }
        if let trusts = ssh.isYes("trust_new") { dial.trustsNew = trusts }
        reader.take(ssh.errors)
    }

    private mutating func readGroups(_ node: ConfigurationNode, _ reader: inout MappingReader) {
        let outer = MappingReader(node, keys: nil)
        reader.take(outer.errors)
        for entry in outer.entries {
            guard !Self.reservedGroups.contains(entry.key), Self.isName(entry.key) else {
                reader.refuse(
                    entry.keyPlace,
                    "`\(entry.key)` is no group name: letters, digits, `.`, `_` and `-`, a letter or digit first; all and ungrouped are taken"
                )
                continue
            }
            var group = MappingReader(entry.value, keys: Self.groupKeys)
            groups[entry.key] = HostSettings(&group, folder: folder)
            if let hosts = group.node("hosts") { readHosts(hosts, group: entry.key, &group) }
            reader.take(group.errors)
        }
    }

    private mutating func readHosts(_ node: ConfigurationNode, group: String?, _ reader: inout MappingReader)
    {
        let outer = MappingReader(node, keys: nil)
        reader.take(outer.errors)
        for entry in outer.entries {
            let names: [String]
            do throws(WrittenValue.Refusal) {
                names = try HostRange.names(entry.key)
            } catch {
                reader.refuse(entry.keyPlace, error.reason)
                continue
            }
            var fields = MappingReader(entry.value, keys: HostSettings.hostKeys)
            let settings = HostSettings(&fields, folder: folder)
            if names.count > 1, let address = fields.entry("address") {
                fields.refuse(address.keyPlace, "one address for \(names.count) hosts: write each host out")
            }
            for name in names { add(name, group, entry.keyPlace, settings, &fields) }
            reader.take(fields.errors)
        }
    }

    private mutating func add(
        _ name: String, _ group: String?, _ place: Place, _ settings: HostSettings,
        _ reader: inout MappingReader
    ) {
        var host = hosts[name] ?? Host()
        if let group { host.groups[group] = place }
        for (key, placed) in settings.byKey {
            if let before = host.settings.byKey[key], before.setting != placed.setting {
                reader.refuse(
                    placed.place,
                    "\(name) has \(key) `\(placed.setting.value)` here and `\(before.setting.value)` at \(before.place); keep one"
                )
            } else {
                host.settings.set(placed.setting, placed.place)
            }
        }
        hosts[name] = host
    }

    private static func isName(_ text: String) -> Bool {
        (try? WrittenValue.name(text)) != nil
    }
}
