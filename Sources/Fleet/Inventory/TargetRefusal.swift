/// Why a target cannot be dialled: a field that could become an option of ssh, or a word of a shell.
package enum TargetRefusal: Error, Hashable, CustomStringConvertible {
    case name(field: String, value: String)
    case path(field: String, value: String)

    package var description: String {
        switch self {
        case .name(let field, let value):
            "\(field) \(value.debugDescription): letters, digits and . _ : % - are taken, a letter or digit first"
        case .path(let field, let value):
            "\(field) \(value.debugDescription): an absolute path of letters, digits and / . _ + - is taken"
        }
    }
}

extension HostTarget {
    /// Refuses what could never be a host, or could be read as more than one word.
    package func check() throws(TargetRefusal) {
        guard Self.isName(name) else { throw .name(field: "name", value: name) }
        try destination.check()
        for jump in jumps { try jump.check(field: "jump") }
        if case .path(let path) = agent, !Self.isPath(path) { throw .path(field: "agent", value: path) }
        if let agentFolder, !Self.isPath(agentFolder) { throw .path(field: "agent_dir", value: agentFolder) }
    }

    /// A letter or digit first, then letters, digits and `._:%-`, up to 253: nothing that could become an option.
    package static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, name.utf8.count <= 253, isAlphanumeric(first) else { return false }
        return name.utf8.allSatisfy { isAlphanumeric($0) || "._:%-".utf8.contains($0) }
    }

    /// A path on the host that is one plain word to every login shell, and to rm(1) and mv(1) too.
    package static func isPath(_ path: String) -> Bool {
        guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= 1024 else { return false }
        return path.utf8.allSatisfy { isAlphanumeric($0) || "/._+-".utf8.contains($0) }
    }

    /// A path on this machine that is not relative, without control characters; ssh(1) puts the home in the place of a `~`.
    package static func isLocalPath(_ path: String) -> Bool {
        (path.hasPrefix("/") || path.hasPrefix("~")) && path.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    }
}

extension SSHDestination {
    package func check(field: String = "address") throws(TargetRefusal) {
        guard HostTarget.isName(address) else { throw .name(field: field, value: address) }
        if let user, !HostTarget.isName(user) { throw .name(field: "user", value: user) }
        // An argument of its own after -i; only what would end it, or begin another, is refused.
        if let identity, !HostTarget.isLocalPath(identity) {
            throw .path(field: "identity", value: identity)
        }
    }
}
