/// Where in a configuration file something stands.
package struct Place: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let file: String
    /// From 1; 0 for the file as a whole.
    package let line: Int
    /// In characters, from 1; 0 for the file as a whole.
    package let column: Int

    package init(file: String, line: Int = 0, column: Int = 0) {
        self.file = file
        self.line = line
        self.column = column
    }

    package var description: String {
        line == 0 ? file : "\(file):\(line):\(column)"
    }

    package static func < (left: Place, right: Place) -> Bool {
        (left.file, left.line, left.column) < (right.file, right.line, right.column)
    }
}
