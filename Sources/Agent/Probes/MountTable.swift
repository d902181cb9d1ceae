/// The mounts of one mountinfo file that have a size worth watching; the layout is proc_pid_mountinfo(5).
package struct MountTable {
    /// `mountPoint` is the path with its escapes (`\040`) undone, `type` the filesystem's.
    package struct Mount: Equatable {
        package var device: String
        package var mountPoint: String
        package var type: String
        package var isReadOnly: Bool
    }

    package private(set) var mounts: [Mount] = []
    /// Mounts beyond the limit.
    package private(set) var leftOut = 0
    package static let mountsMax = 256

    /// Of two mounts with the same device, place and type one is taken. Places below `rootfs` are told as that root's own
    /// processes see them: an agent in a container has the host's mounts there.
    package init(_ bytes: Span<UInt8>, rootfs: String = "/") {
        var offset = 0
        while offset < bytes.count {
            var found = Self.line(bytes, &offset)
            if let place = found?.mountPoint, rootfs != "/", Self.isBelow(place, rootfs) {
                let rest = String(decoding: place.utf8.dropFirst(rootfs.utf8.count), as: UTF8.self)
                found?.mountPoint = rest.isEmpty ? "/" : rest
            }
            if let mount = found, !Self.isExcluded(mount), !mounts.contains(mount) {
                if mounts.count < Self.mountsMax { mounts.append(mount) } else { leftOut += 1 }
            }
            Fields.skipLine(bytes, &offset)
        }
    }

    /// `36 35 98:0 /root /mnt ro,noatime master:1 - ext3 /dev/root rw,errors=continue`.
    private static func line(_ bytes: Span<UInt8>, _ offset: inout Int) -> Mount? {
        for _ in 0..<4 { _ = Fields.word(bytes, &offset) }
        let place = Fields.word(bytes, &offset)
        let options = Fields.word(bytes, &offset)
        while true {
            let word = Fields.word(bytes, &offset)
            guard !word.isEmpty else { return nil }
            // Any number of optional fields ends with a lone hyphen.
            if word.count == 1, bytes[word.lowerBound] == UInt8(ascii: "-") { break }
        }
        let type = Fields.word(bytes, &offset)
        let device = Fields.word(bytes, &offset)
        let superOptions = Fields.word(bytes, &offset)
        guard !place.isEmpty, !type.isEmpty else { return nil }
        return Mount(
            device: decoded(bytes, device), mountPoint: decoded(bytes, place), type: decoded(bytes, type),
            isReadOnly: hasOption("ro", bytes, options) || hasOption("ro", bytes, superOptions)
                || hasOption("emergency_ro", bytes, superOptions))
    }

    private static func hasOption(_ option: StaticString, _ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var start = range.lowerBound
        while start < range.upperBound {
            var end = start
            while end < range.upperBound, bytes[end] != UInt8(ascii: ",") { end += 1 }
            if end - start == option.utf8CodeUnitCount, Fields.starts(option, bytes, start) { return true }
            start = end + 1
        }
        return false
    }

    /// A blank, tab, newline and backslash are written as three octal digits after a backslash.
    static func decoded(_ bytes: Span<UInt8>, _ range: Range<Int>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity(range.count)
        var offset = range.lowerBound
        while offset < range.upperBound {
            if bytes[offset] == UInt8(ascii: "\\"), offset + 3 < range.upperBound {
                let digits = (1...3).map { bytes[offset + $0] &- 0x30 }
                if digits[0] <= 3, digits[1] <= 7, digits[2] <= 7 {
                    text.append(digits[0] << 6 | digits[1] << 3 | digits[2])
                    offset += 4
                    continue
                }
            }
            text.append(bytes[offset])
            offset += 1
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// node_exporter's defaults for `--collector.filesystem.mount-points-exclude` and `fs-types-exclude`.
    static func isExcluded(_ mount: Mount) -> Bool {
        if types.contains(mount.type) { return true }
        for folder in ["/dev", "/proc", "/sys"] where isBelow(mount.mountPoint, folder) { return true }
        for folder in ["/run/credentials", "/var/lib/docker", "/var/lib/containers/storage"] {
            if isBelow(mount.mountPoint, folder), mount.mountPoint.utf8.count > folder.utf8.count + 1 {
                return true
            }
        }
        return false
    }

    private static func isBelow(_ path: String, _ folder: String) -> Bool {
        path == folder || (path.hasPrefix(folder) && path.utf8.dropFirst(folder.utf8.count).first == 0x2F)
    }

    private static let types: Set<String> = [
        "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs",
        "erofs", "fusectl", "hugetlbfs", "iso9660", "mqueue", "nsfs", "overlay", "proc", "procfs", "pstore",
        "rpc_pipefs", "securityfs", "selinuxfs", "squashfs", "sysfs", "tracefs",
    ]
}
