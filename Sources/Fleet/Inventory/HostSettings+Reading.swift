/// The fields of a host, a group or the defaults, out of a mapping.
extension HostSettings {
    /// Those that a group and the defaults may have too.
    package static let sharedKeys = [
        "user", "port", "identity", "jump", "connect", "agent", "agent_dir", "agent_conf", "sudo", "interval",
        "expect",
        "silent_after", "protect", "note", "tags", "links",
    ]
    package static let hostKeys = ["address"] + sharedKeys

    /// Keys that name something else on every series.
    private static let reservedTags: Set<String> = ["host", "group", "instance", "job", "le", "quantile"]

    static func isReservedTag(_ key: String) -> Bool { reservedTags.contains(key) || key.hasPrefix("__") }

    static let textBytesMax = 400

    /// Takes what `reader` holds; `folder` is that of the file, for relative paths.
    package init(_ reader: inout MappingReader, folder: String) {
        read("address", &reader) { node throws(ConfigurationError) in
            .address(try Self.name(node, "an address"))
        }
        read("user", &reader) { node throws(ConfigurationError) in .user(try Self.name(node, "a user")) }
        read("port", &reader) { node throws(ConfigurationError) in
            .port(UInt16(try node.whole(in: 1...65_535)))
        }
        read("identity", &reader) { node throws(ConfigurationError) in .identity(try Self.path(node, folder))
        }
        read("jump", &reader) { node throws(ConfigurationError) in
            var hosts: [String] = []
            for hop in node.listOrOne() { hosts.append(try Self.name(hop, "a jump host")) }
            return .jump(hosts)
        }
        read("connect", &reader) { node throws(ConfigurationError) in .connect(try node.choice()) }
        read("agent", &reader) { node throws(ConfigurationError) in .agent(try Self.policy(node)) }
        read("agent_dir", &reader) { node throws(ConfigurationError) in
            let path = try node.text()
            guard path.utf8.first == UInt8(ascii: "/") else {
                throw ConfigurationError(
                    node.place, "`\(path)` is a folder on the host: write its absolute path")
            }
            return .agentFolder(try Self.plainPath(path, node))
        }
        read("agent_conf", &reader) { node throws(ConfigurationError) in
            .agentConfiguration(try Self.path(node, folder))
        }
        read("sudo", &reader) { node throws(ConfigurationError) in .usesSudo(try node.isYes()) }
        read("interval", &reader) { node throws(ConfigurationError) in
            .interval(milliseconds: UInt32(try Self.milliseconds(node, .seconds(1)...(.seconds(300)))))
        }
        read("expect", &reader) { node throws(ConfigurationError) in .expectation(try node.choice()) }
        read("silent_after", &reader) { node throws(ConfigurationError) in
            .silentAfter(milliseconds: try Self.milliseconds(node, .seconds(3)...(.seconds(604_800))))
        }
        read("protect", &reader) { node throws(ConfigurationError) in .isProtected(try node.isYes()) }
        read("note", &reader) { node throws(ConfigurationError) in
            let text = try node.text()
            guard text.utf8.count <= Self.textBytesMax else {
                throw ConfigurationError(node.place, "a note is one line of up to \(Self.textBytesMax) bytes")
            }
            return .note(text)
        }
        readTags(&reader)
        readLinks(&reader)
    }

    private mutating func readTags(_ reader: inout MappingReader) {
        guard let node = reader.node("tags") else { return }
        var tags = MappingReader(node, keys: nil)
        for entry in tags.entries {
            if Self.isReservedTag(entry.key) {
                tags.refuse(
                    entry.keyPlace,
                    "`\(entry.key)` names something else on every series: take another word for the tag")
                continue
            }
            guard Self.isTagKey(entry.key) else {
                tags.refuse(
                    entry.keyPlace,
                    "`\(entry.key)` is no tag key: letters, digits and _, a letter first, up to 64")
                continue
            }
            guard let value = tags.text(entry.key) else { continue }
            guard !value.isEmpty, value.utf8.count <= Self.textBytesMax else {
                tags.refuse(entry.value.place, "tag \(entry.key) has no value: write \(entry.key): web")
                continue
            }
            set(.tag(entry.key, value), entry.keyPlace)
        }
        reader.take(tags.errors)
    }

    private mutating func readLinks(_ reader: inout MappingReader) {
        guard let node = reader.node("links") else { return }
        var links = MappingReader(node, keys: nil)
        for entry in links.entries {
            guard let address = links.text(entry.key) else { continue }
            guard address.hasPrefix("https://") || address.hasPrefix("http://"), address.utf8.count <= 2000
            else {
                links.refuse(entry.value.place, "`\(address)` is no address: write https://…")
                continue
            }
            set(.link(entry.key, address), entry.keyPlace)
        }
        reader.take(links.errors)
    }

    /// As Prometheus names labels.
    static func isTagKey(_ key: String) -> Bool {
        guard let first = key.utf8.first, key.utf8.count <= WrittenValue.nameMax,
            !(0x30...0x39).contains(first)
        else {
            return false
        }
        return key.utf8.allSatisfy { WrittenValue.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
    }

    private mutating func read(
        _ key: String, _ reader: inout MappingReader,
        _ setting: (ConfigurationNode) throws(ConfigurationError) -> HostSetting
    ) {
        guard let entry = reader.entry(key), let setting = reader.read(key, setting) else { return }
        set(setting, entry.keyPlace)
    }

    private static func name(_ node: ConfigurationNode, _ what: String) throws(ConfigurationError) -> String {
        let text = try node.text()
        do throws(WrittenValue.Refusal) {
            try HostName.check(text, as: what)
        } catch {
            throw ConfigurationError(node.place, error.reason)
        }
        return text
    }

    private static func milliseconds(
        _ node: ConfigurationNode, _ range: ClosedRange<Duration>
    ) throws(ConfigurationError) -> Int64 {
        let (seconds, attoseconds) = try node.duration(in: range).components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    private static func policy(_ node: ConfigurationNode) throws(ConfigurationError) -> HostTarget.AgentPolicy
    {
        let word = try node.text()
        switch word {
        case "auto": return .automatic
        case "installed": return .installed
        case "copy": return .copy
        default:
            guard word.utf8.first == UInt8(ascii: "/") else {
                throw ConfigurationError(
                    node.place, "`\(word)` is none of auto, installed, copy, or an absolute path on the host")
            }
            return .path(try plainPath(word, node))
        }
    }

    /// A path on the host, as far as any login shell takes it for one word.
    private static func plainPath(
        _ path: String, _ node: ConfigurationNode
    ) throws(ConfigurationError) -> String {
        guard HostTarget.isPath(path) else {
            throw ConfigurationError(
                node.place, "`\(path)` is no plain path on the host: letters, digits and . _ + - / alone")
        }
        return path
    }

    /// A path here: absolute, below a home (`~/` or `~user/`, which is left for whoever opens it), or relative to the folder of the
    /// file.
    static func path(_ node: ConfigurationNode, _ folder: String) throws(ConfigurationError) -> String {
        let text = try node.text()
        guard let first = text.utf8.first, first != UInt8(ascii: "-") else {
            throw ConfigurationError(node.place, "a path is missing here, or begins with -")
        }
        let isRelative = first != UInt8(ascii: "/") && first != UInt8(ascii: "~")
        let path = isRelative ? "\(folder)/\(text)" : text
        guard HostTarget.isLocalPath(path) else {
            throw ConfigurationError(node.place, "a path holds a control character")
        }
        return path
    }
}
