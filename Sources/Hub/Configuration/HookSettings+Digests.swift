package import Fleet

extension HookSettings {
    /// SHA-256 of what each part says, in lower-case hexadecimal, by the names of its ``words``.
    package var digests: [String: String] {
        words.mapValues { SHA256.hex(Array($0.utf8)) }
    }
}
