import Glibc
import RequestLogs

/// The zones that this host knows.
enum HostZone {
    static let folder = "/usr/share/zoneinfo"
    private static let bytesMax = 1 << 17

    /// The host's own zone for nil, UTC where it has none; nil for a name that this host has no file for.
    static func rules(_ name: String?) -> ZoneRules? {
        guard let name else { return own() }
        if let distance = distance(name) { return ZoneRules(seconds: distance) }
        guard isWellFormed(name) else { return nil }
        return file("\(folder)/\(name)")
    }

    /// What TZ names, else /etc/localtime.
    private static func own() -> ZoneRules {
        if let text = unsafe getenv("TZ") {
            var name = unsafe String(cString: text)
            if name.utf8.first == UInt8(ascii: ":") { name.removeFirst() }
            if name.utf8.first == UInt8(ascii: "/") { return file(name) ?? .utc }
            return name.isEmpty ? .utc : rules(name) ?? .utc
        }
        return file("/etc/localtime") ?? .utc
    }

    private static func file(_ path: String) -> ZoneRules? {
        let descriptor = unsafe open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var facts = stat()
        guard unsafe fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
            facts.st_size > 0, facts.st_size <= bytesMax
        else { return nil }
        var bytes = [UInt8](repeating: 0, count: Int(facts.st_size))
        let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return nil }
        return ZoneRules(Array(bytes[..<count]))
    }

    /// UTC, `+02:00`, `-0330`, or words of letters parted by slashes.
    static func isWellFormed(_ name: String) -> Bool {
        if distance(name) != nil { return true }
        guard let first = name.utf8.first, ConfigurationValue.isAlphanumeric(first), name.utf8.count <= 64
        else {
            return false
        }
        return name.utf8.allSatisfy {
            ConfigurationValue.isAlphanumeric($0) || $0 == 0x2F || $0 == 0x5F || $0 == 0x2D || $0 == 0x2B
        }
    }

    private static func distance(_ text: String) -> Int64? {
        if text == "UTC" || text == "Z" || text == "GMT" { return 0 }
        var bytes = text.utf8.filter { $0 != UInt8(ascii: ":") }
        if bytes.count == 3 { bytes += [0x30, 0x30] }
        guard bytes.count == 5, bytes[0] == UInt8(ascii: "+") || bytes[0] == UInt8(ascii: "-"),
            bytes[1...].allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
        else { return nil }
        let digits = bytes[1...].map { Int64($0 - 0x30) }
        let hours = digits[0] * 10 + digits[1]
        let minutes = digits[2] * 10 + digits[3]
        guard hours < 24, minutes < 60 else { return nil }
        return (hours * 3600 + minutes * 60) * (bytes[0] == UInt8(ascii: "-") ? -1 : 1)
    }
}
