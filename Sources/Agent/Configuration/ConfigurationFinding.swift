import RequestLogs

/// What is wrong in a configuration file: where, what, and what to write instead.
package struct ConfigurationFinding: Error, Equatable, Sendable, CustomStringConvertible {
    package let file: String
    /// From 1; 0 for the file as a whole.
    package let line: Int
    /// In bytes, from 1; 0 for the file as a whole.
    package let column: Int
    package let text: String

    package init(file: String, line: Int = 0, column: Int = 0, _ text: String) {
        self.file = file
        self.line = line
        self.column = column
        self.text = text
    }

    package var description: String {
        line == 0 ? "\(file): \(text)" : "\(file):\(line):\(column): \(text)"
    }
}

extension ConfigurationFinding {
    /// An array of them, for programs.
    static func json(_ findings: [ConfigurationFinding]) -> String {
        let objects = findings.map {
            "{\"file\":\(SummaryJSON.quoted($0.file)),\"line\":\($0.line),\"column\":\($0.column),"
                + "\"text\":\(SummaryJSON.quoted($0.text))}"
        }
        return "[\(objects.joined(separator: ","))]"
    }
}
