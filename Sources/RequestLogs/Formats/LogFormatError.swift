/// What is wrong with a format that a user wrote.
package struct LogFormatError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
