/// A part of a configuration file as a tree, with the place of each part.
///
/// Scalars are text, and the field gives the type (docs/hosts-yaml.md): so `4.10` stays 4.10 and `022` is 22. A key
/// with nothing behind it has the empty text.
package struct ConfigurationNode: Hashable, Sendable {
    package let place: Place
    package let kind: Kind

    /// YAML's three kinds of nodes; a scalar is its text, whatever YAML takes it for.
    package enum Kind: Hashable, Sendable {
        case scalar(String)
        case list([ConfigurationNode])
        case mapping([Entry])
    }

    /// `key: value` of a mapping.
    package struct Entry: Hashable, Sendable {
        package let key: String
        package let keyPlace: Place
        package let value: ConfigurationNode

        package init(key: String, keyPlace: Place, value: ConfigurationNode) {
            self.key = key
            self.keyPlace = keyPlace
            self.value = value
        }
    }

    package init(_ place: Place, _ kind: Kind) {
        self.place = place
        self.kind = kind
    }

    /// Nothing stands behind the key.
    package var isEmpty: Bool { kind == .scalar("") }

    /// The value of `key` in a mapping; nil where it is none, or has no such key.
    package subscript(key: String) -> ConfigurationNode? {
        guard case .mapping(let entries) = kind else { return nil }
        return entries.first { $0.key == key }?.value
    }
}
