/// What is wrong in a configuration file: where, what, and what to write instead.
package struct ConfigurationError: Error, Hashable, Sendable, CustomStringConvertible {
    package let place: Place
    package let reason: String

    package init(_ place: Place, _ reason: String) {
        self.place = place
        self.reason = reason
    }

    /// `file:line:column: reason`.
    package var description: String { "\(place): \(reason)" }
}

/// Everything that is wrong in a folder of configuration, in the files' order; then nothing of it is used.
package struct ConfigurationErrors: Error, Hashable, Sendable, CustomStringConvertible {
    package let errors: [ConfigurationError]

    package init(_ errors: [ConfigurationError]) {
        self.errors = errors
    }

    package var description: String {
        errors.map(\.description).joined(separator: "\n")
    }
}
