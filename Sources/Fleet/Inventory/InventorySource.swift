/// A command that knows hosts: one entry of `inventory` in hosts.yaml.
package struct InventorySource: Hashable, Sendable {
    /// How the command's answer is written.
    package enum Format: String, Hashable, Sendable, CaseIterable {
        /// What `ansible-inventory --list` prints.
        case ansible
        /// hosts.yaml's own, as YAML or JSON.
        case martlet
    }

    package let place: Place
    package let command: [String]
    package let format: Format
    /// Nil is at start and reload only.
    package let everyMilliseconds: Int64?
    package let timeoutMilliseconds: Int64
    /// Host variables that become tags.
    package let tagsFrom: [String]

    static let keys = ["run", "format", "every", "timeout", "tags_from"]

    /// Nil where something is wrong, which `errors` then has.
    init?(_ node: ConfigurationNode, _ errors: inout [ConfigurationError]) {
        var reader = MappingReader(node, keys: Self.keys)
        let command = reader.require("run", example: "run: [ansible-inventory, --list]") {
            node throws(ConfigurationError) in try node.argv()
        }
        let format = reader.require("format", example: "format: ansible") { node throws(ConfigurationError) in
            try node.choice(Format.self)
        }
        let every = reader.duration("every", in: .seconds(10)...(.seconds(604_800)))
        let timeout = reader.duration("timeout", in: .seconds(1)...(.seconds(600)))
        let tags = reader.read("tags_from") { node throws(ConfigurationError) in
            var keys: [String] = []
            for key in try node.list() {
                let text = try key.text()
                guard HostSettings.isTagKey(text), !HostSettings.isReservedTag(text) else {
                    throw ConfigurationError(key.place, "`\(text)` is no tag key")
                }
                keys.append(text)
            }
            return keys
        }
        errors += reader.errors
        guard reader.errors.isEmpty, let command, let format else { return nil }
        place = node.place
        self.command = command
        self.format = format
        everyMilliseconds = every.map { $0.components.seconds * 1000 }
        timeoutMilliseconds = (timeout ?? .seconds(30)).components.seconds * 1000
        tagsFrom = tags ?? []
    }
}
