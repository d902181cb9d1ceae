/// Why a query is not one: where, and what to write instead.
package struct QueryError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The character that the reason speaks of, from 1; one past the end where something is missing there.
    package let column: Int
    package let reason: String

    package init(column: Int, reason: String) {
        self.column = column
        self.reason = reason
    }

    package var description: String {
        "column \(column): \(reason)"
    }
}
