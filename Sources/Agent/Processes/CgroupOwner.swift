/// Whom a control group belongs to, by its path: names of systemd, Docker, Podman, containerd, CRI-O, Kubernetes and LXC.
package enum CgroupOwner: Hashable, Sendable {
    /// A unit of systemd, as `nginx.service`.
    case unit(String)
    /// A container that only its number is known of, in hexadecimal.
    case container(id: String)
    /// A container or machine that bears a name.
    case machine(String)

    /// What a person would call it; of a container's number the first twelve digits, as its tools show it.
    package var name: String {
        switch self {
        case .unit(let name), .machine(let name): name
        case .container(let id): String(id.prefix(12))
        }
    }

    /// The owner of a path below the root of the hierarchy: the outermost container, else the innermost unit.
    package init?(path: String) {
        var unit: CgroupOwner?
        var parent: Substring = ""
        for component in path.split(separator: "/") {
            if let owner = CgroupOwner(component: component, parent: parent) {
                guard case .unit = owner else {
                    self = owner
                    return
                }
                unit = owner
            }
            parent = component
        }
        guard let unit else { return nil }
        self = unit
    }

    /// The owner of a group with this name, if the name alone says it; `parent` is the name of the group above.
    package init?(component: Substring, parent: Substring) {
        if let id = Self.containerID(component) {
            self = .container(id: id)
        } else if component.hasPrefix("lxc.payload.") {
            self = .machine(String(component.dropFirst("lxc.payload.".count)))
        } else if parent == "lxc" || parent == "lxc.payload" {
            self = .machine(String(component))
        } else if component.hasPrefix("machine-"), component.hasSuffix(".scope") {
            self = .machine(Self.unescaped(component.dropFirst("machine-".count).dropLast(".scope".count)))
        } else if component.hasSuffix(".service") || component.hasSuffix(".scope") {
            self = .unit(String(component))
        } else {
            return nil
        }
    }

    /// The owner that /proc/PID/cgroup tells of: lines `number:controllers:path`, one a hierarchy; cgroups(7).
    package init?(processFile bytes: [UInt8]) {
        var found: CgroupOwner?
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3, let owner = CgroupOwner(path: String(parts[2])) else { continue }
            if case .unit = owner {
                found = found ?? owner
            } else {
                self = owner
                return
            }
        }
        guard let found else { return nil }
        self = found
    }

    private static let runtimes = [
        "docker-", "cri-containerd-", "crio-", "libpod-", "nerdctl-", "containerd-",
    ]

    private static func containerID(_ component: Substring) -> String? {
        var name = component
        if name.hasSuffix(".scope") { name = name.dropLast(".scope".count) }
        for runtime in runtimes where name.hasPrefix(runtime) { name = name.dropFirst(runtime.count) }
        // containerd's own names for Kubernetes: `kubepods-pod….slice:cri-containerd:NUMBER`.
        if let colon = name.lastIndex(of: ":") { name = name[name.index(after: colon)...] }
        let isHex = name.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
        return name.utf8.count == 64 && isHex ? String(name) : nil
    }

    /// systemd writes a byte that a unit's name may not hold as `\x2d`; systemd.unit(5).
    private static func unescaped(_ name: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = Array(name.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\"), rest.first == UInt8(ascii: "x"), rest.count >= 3,
                let value = UInt8(String(decoding: rest.dropFirst().prefix(2), as: UTF8.self), radix: 16)
            {
                bytes.append(value)
                rest = rest.dropFirst(3)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
