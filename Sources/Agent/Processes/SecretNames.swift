/// The words by which a program's arguments tell that a secret follows; letters of either case.
enum SecretNames {
    /// Anywhere in a name that has a value: `PGPASSWORD=`, `--keyring-dir`, `X-Auth-Token:`.
    private static let fragments = [
        "pass", "pwd", "token", "secret", "key", "auth", "credential", "cookie", "bearer", "signature",
        "session-id",
        "session_id", "sessionid",
    ].map { Array($0.utf8) }
    /// The whole name.
    private static let whole = ["pw", "pin", "otp", "jwt", "sas", "sig", "identified", "passin", "passout"]
        .map {
            Array($0.utf8)
        }
    /// How a name without a dash must end to tell of the next word: `vault token X`, `requirepass X`.
    private static let endings = [
        "password", "passwd", "passphrase", "pass", "pwd", "token", "secret", "auth", "bearer", "credential",
        "credentials", "authorization", "apikey", "_key", "-key",
    ].map { Array($0.utf8) }
    /// How well-known tokens begin, each with the least length of the whole.
    private static let tokens: [(start: [UInt8], bytesMin: Int)] = [
        ("ghp_", 20), ("gho_", 20), ("ghu_", 20), ("ghs_", 20), ("ghr_", 20), ("github_pat_", 20),
        ("glpat-", 20),
        ("xoxa-", 15), ("xoxb-", 15), ("xoxp-", 15), ("xoxr-", 15), ("xoxs-", 15), ("sk_live_", 15),
        ("rk_live_", 15),
        ("sk-", 24), ("hvs.", 20), ("akia", 20), ("asia", 20), ("eyj", 30), ("npm_", 30), ("pypi-", 30),
    ].map { (Array($0.0.utf8), $0.1) }
    /// Letters that take a secret with certain programs, by the start of the program's name.
    private static let programs: [(program: String, letters: String)] = [
        ("redis-cli", "a"), ("valkey-cli", "a"), ("keydb-cli", "a"), ("ldap", "wy"), ("snmp", "cAX"),
        ("openssl", "kK"), ("curl", "bHE"), ("kadmin", "w"),
    ]

    /// What a name is made of. Beyond ASCII anything goes, so that no letter in front hides a name.
    static func isLetter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF: true
        default: byte == UInt8(ascii: "_") || byte == UInt8(ascii: "-") || byte == UInt8(ascii: ".")
        }
    }

    /// Whether the value of a name is a secret.
    static func isSecret(_ name: ArraySlice<UInt8>) -> Bool {
        guard name.count > 1 else { return false }
        let lower = lowered(name)
        return fragments.contains { holds(lower, $0) } || whole.contains(lower)
    }

    /// Whether a name without a value says that the next word is a secret.
    static func tells(_ name: ArraySlice<UInt8>, isAfterSlash: Bool) -> Bool {
        if name.first == UInt8(ascii: "-") { return isSecret(name) }
        guard name.count > 1 else { return false }
        let lower = lowered(name)
        // `/etc/ssl/private-key` is a file, as `server.key` is.
        guard !isAfterSlash else { return false }
        return endings.contains { lower.suffix($0.count).elementsEqual($0) } || whole.contains(lower)
            || lower.elementsEqual("key".utf8)
    }

    /// Windows-like options of remote desktops: `/p:secret`.
    static func isSlashOption(_ name: ArraySlice<UInt8>) -> Bool {
        ["p", "pw"].contains { lowered(name).elementsEqual($0.utf8) }
    }

    /// `-u`, `-U`, `--user`, `--proxy-user`: a user and perhaps a secret follow.
    static func isUser(_ name: ArraySlice<UInt8>) -> Bool {
        guard name.count > 1 else { return false }
        let lower = lowered(name)
        return lower.elementsEqual("u".utf8) || lower.suffix(4).elementsEqual("user".utf8)
    }

    static func looksLikeToken(_ name: ArraySlice<UInt8>) -> Bool {
        guard name.count >= 15 else { return false }
        let lower = lowered(name)
        return tokens.contains { lower.count >= $0.bytesMin && lower.starts(with: $0.start) }
    }

    /// The letters of a program that is named by `name`, the last part of its path.
    static func letters(ofProgram name: ArraySlice<UInt8>) -> [UInt8] {
        guard name.count > 3 else { return [] }
        return programs.first { name.starts(with: $0.program.utf8) }.map { Array($0.letters.utf8) } ?? []
    }

    /// Programs that are given a secret without any option.
    static func takesSecretOperands(_ path: [UInt8]) -> Bool {
        let name = path[((path.lastIndex(of: UInt8(ascii: "/")) ?? -1) + 1)...]
        return ["htpasswd", "htdigest", "wpa_passphrase"].contains { name.elementsEqual($0.utf8) }
    }

    /// In lower case, without the dashes in front.
    private static func lowered(_ name: ArraySlice<UInt8>) -> [UInt8] {
        name.drop { $0 == UInt8(ascii: "-") }.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }

    private static func holds(_ name: [UInt8], _ fragment: [UInt8]) -> Bool {
        guard name.count >= fragment.count else { return false }
        return (0...(name.count - fragment.count)).contains { name[$0...].starts(with: fragment) }
    }
}
