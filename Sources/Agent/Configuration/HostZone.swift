import Glibc

/// Seconds east of Greenwich of a zone, now.
enum HostZone {
    /// The host's own zone for nil; nil for a name that this host has no file for.
    static func seconds(_ name: String?) -> Int64? {
        guard let name else { return local() }
        if let distance = distance(name) { return distance }
        guard isWellFormed(name), unsafe access("/usr/share/zoneinfo/\(name)", R_OK) == 0 else { return nil }
        let before = unsafe getenv("TZ").map { unsafe String(cString: $0) }
        unsafe setenv("TZ", name, 1)
        tzset()
        defer {
            if let before { unsafe setenv("TZ", before, 1) } else { unsafe unsetenv("TZ") }
            tzset()
        }
        return local()
    }

    private static func local() -> Int64 {
        var now = time(nil)
        var parts = unsafe tm()
        unsafe localtime_r(&now, &parts)
        return unsafe Int64(parts.tm_gmtoff)
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
        let bytes = text.utf8.filter { $0 != UInt8(ascii: ":") }
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
