import Glibc

/// A user of this host, from /etc/passwd and /etc/group read as text: the library's own look-up may load foreign code.
package struct HostUser: Equatable, Sendable {
    package var name: String
    package var number: UInt32
    package var group: UInt32
    package var home: String
    /// All its groups, its own first.
    package var groups: [UInt32]

    private static let bytesMax = 16 << 20

    /// nil where the host's files do not know the name.
    package static func named(_ name: String) -> HostUser? {
        find {
            $0 == name
        } number: { _ in
            false
        }
    }

    package static func numbered(_ number: UInt32) -> HostUser? {
        find { _ in
            false
        } number: {
            $0 == number
        }
    }

    private static func find(_ isName: (String) -> Bool, number isNumber: (UInt32) -> Bool) -> HostUser? {
        for fields in lines("/etc/passwd") where fields.count >= 6 {
            guard let number = UInt32(fields[2]), let group = UInt32(fields[3]),
                isName(fields[0]) || isNumber(number)
            else { continue }
            return HostUser(
                name: fields[0], number: number, group: group, home: fields[5],
                groups: [group] + others(of: fields[0], but: group))
        }
        return nil
    }

    private static func others(of name: String, but own: UInt32) -> [UInt32] {
        lines("/etc/group").compactMap { fields in
            guard fields.count >= 4, let number = UInt32(fields[2]), number != own,
                fields[3].split(separator: ",").contains(where: { $0 == name })
            else { return nil }
            return number
        }
    }

    private static func lines(_ path: String) -> [[String]] {
        guard let bytes = LinuxDisk().read(path, limit: bytesMax) else { return [] }
        return bytes.split(separator: 0x0A).map { line in
            line.split(separator: 0x3A, omittingEmptySubsequences: false)
                .map { String(decoding: $0, as: UTF8.self) }
        }
    }
}
