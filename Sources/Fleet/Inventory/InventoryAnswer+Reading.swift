import Text

/// What the two formats of inventory commands say.
extension InventoryAnswer {
    /// hosts.yaml's own format: the groups, defaults and hosts of it. Throws all that is wrong with it.
    package init(martlet root: ConfigurationNode) throws(ConfigurationErrors) {
        let file = HostsFile(root, isAnswer: true)
        let merged = Inventory.settings(of: file)
        let errors = file.errors + merged.errors
        guard errors.isEmpty else { throw ConfigurationErrors(errors) }
        hosts = merged.hosts.mapValues { found in
            var host = Host()
            host.groups = Set(found.groups)
            host.settings = found.settings
            return host
        }
    }

    /// What `ansible-inventory --list` prints: groups with hosts and children, and `_meta.hostvars`.
    ///
    ///     {"_meta": {"hostvars": {"web1": {"ansible_host": "192.0.2.7", "role": "web"}}},
    ///      "all": {"children": ["ungrouped", "web"]}, "web": {"hosts": ["web1"]}}
    ///
    /// A host of a child group is of its parents too. Of the variables `tagsFrom` become tags, and what Ansible dials by
    /// is taken; hosts with names that ssh could misread are left out, with a remark.
    package init(ansible root: ConfigurationNode, tagsFrom: [String]) throws(ConfigurationErrors) {
        guard case .mapping(let groups) = root.kind else {
            throw ConfigurationErrors([
                ConfigurationError(root.place, "is not what ansible-inventory --list prints")
            ])
        }
        var members: [String: [String]] = [:]
        var children: [String: [String]] = [:]
        for group in groups where group.key != "_meta" {
            // Old scripts print the hosts of a group as a list.
            let hosts = group.value["hosts"] ?? group.value
            if case .list = hosts.kind { members[group.key] = Self.words(hosts) }
            if let inner = group.value["children"] { children[group.key] = Self.words(inner) }
        }
        var refused: Set<String> = []
        for group in groups.map(\.key) where group != "_meta" {
            for name in Self.all(of: group, members, children) {
                guard (try? HostName.check(name)) != nil else {
                    refused.insert(name)
                    continue
                }
                guard group != "all", group != "ungrouped" else {
                    hosts[name] = hosts[name] ?? Host()
                    continue
                }
                hosts[name, default: Host()].groups.insert(group)
            }
        }
        let variables = root["_meta"]?["hostvars"]
        if case .mapping(let entries)? = variables?.kind {
            for entry in entries {
                guard (try? HostName.check(entry.key)) != nil else {
                    refused.insert(entry.key)
                    continue
                }
                hosts[entry.key, default: Host()].take(entry.value, tagsFrom: tagsFrom)
            }
        }
        if !refused.isEmpty {
            let names = refused.sorted().prefix(3).joined(separator: ", ")
            remarks.append(
                "\(Format.counted(refused.count, "host")) with names that ssh could misread left out: \(names)"
            )
        }
        guard hosts.count <= HostRange.hostsMax else {
            throw ConfigurationErrors([
                ConfigurationError(root.place, "\(hosts.count) hosts: one hub takes \(HostRange.hostsMax)")
            ])
        }
    }

    /// Hosts of a group and of all below it, each group looked at once.
    private static func all(
        of group: String, _ members: [String: [String]], _ children: [String: [String]]
    ) -> Set<String> {
        var seen: Set<String> = [group]
        var open = [group]
        var found: Set<String> = []
        while let next = open.popLast() {
            found.formUnion(members[next] ?? [])
            for child in children[next] ?? [] where seen.insert(child).inserted { open.append(child) }
        }
        return found
    }

    private static func words(_ node: ConfigurationNode) -> [String] {
        guard case .list(let nodes) = node.kind else { return [] }
        return nodes.compactMap { if case .scalar(let text) = $0.kind { text } else { nil } }
    }
}

extension InventoryAnswer.Host {
    /// What is not of the form that hosts.yaml asks for is not taken.
    fileprivate mutating func take(_ variables: ConfigurationNode, tagsFrom: [String]) {
        func text(_ key: String) -> String? {
            guard case .scalar(let text)? = variables[key]?.kind, !text.isEmpty else { return nil }
            return text
        }
        func name(_ key: String) -> String? {
            text(key).flatMap { (try? HostName.check($0)) == nil ? nil : $0 }
        }
        let place = variables.place
        if let address = name("ansible_host") { settings.set(.address(address), place) }
        if let user = name("ansible_user") { settings.set(.user(user), place) }
        if let port = text("ansible_port").flatMap(UInt16.init), port > 0 { settings.set(.port(port), place) }
        if let key = text("ansible_ssh_private_key_file"), HostTarget.isLocalPath(key) {
            settings.set(.identity(key), place)
        }
        if text("ansible_connection") == "local" { settings.set(.connect(.local), place) }
        for key in tagsFrom {
            guard let value = text(key), value.utf8.count <= HostSettings.textBytesMax,
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
            else { continue }
            settings.set(.tag(key, value), place)
        }
    }
}
