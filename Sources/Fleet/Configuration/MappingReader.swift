import Text

/// Reads one mapping key by key and collects what is wrong, so that a check says everything at once.
///
///     var reader = MappingReader(node, keys: ["user", "port"])
///     let user = reader.read("user") { node throws(ConfigurationError) in try node.name() }
///     errors += reader.errors
package struct MappingReader {
    package let place: Place
    package private(set) var entries: [ConfigurationNode.Entry] = []
    package private(set) var errors: [ConfigurationError] = []

    /// Takes a mapping, or nothing at all; refuses keys that are not in `keys` (nil: any) with the one that was meant.
    package init(_ node: ConfigurationNode, keys: [String]?) {
        place = node.place
        do throws(ConfigurationError) {
            entries = try node.mapping()
        } catch {
            errors.append(error)
        }
        guard let keys else { return }
        for entry in entries where !keys.contains(entry.key) {
            let meant = EditDistance.meant(by: entry.key, among: keys)
            let advice =
                meant.map { "did you mean \"\($0)\"?" } ?? "known here: \(keys.joined(separator: ", "))"
            errors.append(ConfigurationError(entry.keyPlace, "unknown key \"\(entry.key)\"; \(advice)"))
        }
    }

    package func entry(_ key: String) -> ConfigurationNode.Entry? {
        entries.first { $0.key == key }
    }

    package func node(_ key: String) -> ConfigurationNode? {
        entry(key)?.value
    }

    /// The value of `key`; nil where it is missing or wrong, which is then among the errors.
    package mutating func read<Value>(
        _ key: String, _ read: (ConfigurationNode) throws(ConfigurationError) -> Value
    ) -> Value? {
        guard let node = node(key) else { return nil }
        do throws(ConfigurationError) {
            return try read(node)
        } catch {
            errors.append(ConfigurationError(error.place, "\(key): \(error.reason)"))
            return nil
        }
    }

    /// The same for a key that must be there; `example` is what to write.
    package mutating func require<Value>(
        _ key: String, example: String, _ read: (ConfigurationNode) throws(ConfigurationError) -> Value
    ) -> Value? {
        guard node(key) != nil else {
            errors.append(ConfigurationError(place, "\(key) is missing: write \(example)"))
            return nil
        }
        return self.read(key, read)
    }

    package mutating func refuse(_ place: Place, _ reason: String) {
        errors.append(ConfigurationError(place, reason))
    }

    /// Takes over what a reader of a part has found.
    package mutating func take(_ errors: [ConfigurationError]) {
        self.errors += errors
    }

    package mutating func text(_ key: String) -> String? {
        read(key) { node throws(ConfigurationError) in try node.text() }
    }

    package mutating func name(_ key: String) -> String? {
        read(key) { node throws(ConfigurationError) in try node.name() }
    }

    package mutating func isYes(_ key: String) -> Bool? {
        read(key) { node throws(ConfigurationError) in try node.isYes() }
    }

    package mutating func duration(_ key: String, in range: ClosedRange<Duration>? = nil) -> Duration? {
        read(key) { node throws(ConfigurationError) in try node.duration(in: range) }
    }

    /// Bytes.
    package mutating func size(_ key: String) -> Int? {
        read(key) { node throws(ConfigurationError) in try node.size() }
    }

    /// A share from 0 to 1.
    package mutating func ratio(_ key: String) -> Double? {
        read(key) { node throws(ConfigurationError) in try node.ratio() }
    }

    package mutating func whole(_ key: String, in range: ClosedRange<Int>) -> Int? {
        read(key) { node throws(ConfigurationError) in try node.whole(in: range) }
    }

    package mutating func argv(_ key: String) -> [String]? {
        read(key) { node throws(ConfigurationError) in try node.argv() }
    }

    package mutating func selector(_ key: String) -> Selector? {
        read(key) { node throws(ConfigurationError) in try node.selector() }
    }

    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ key: String, of type: Choice.Type
    ) -> Choice? where Choice.RawValue == String {
        read(key) { node throws(ConfigurationError) in try node.choice(type) }
    }

    /// Refuses a file of another format: each file begins with `version: 1`.
    package mutating func version(_ known: Int = 1) {
        guard let node = node("version") else {
            errors.append(ConfigurationError(place, "version is missing: write version: \(known)"))
            return
        }
        guard node.kind != .scalar("\(known)") else { return }
        errors.append(
            ConfigurationError(
                node.place,
                "version is the format of this file, and only \(known) is known: write version: \(known)"))
    }
}
