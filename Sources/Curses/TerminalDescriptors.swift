import Glibc

/// The descriptors of a terminal. They stay open, and stay whoever's they were.
package struct TerminalDescriptors: Sendable {
    package let input: Int32
    package let output: Int32

    package init(input: Int32, output: Int32) {
        self.input = input
        self.output = output
    }

    /// Standard output, which must be a terminal, and standard input or, where that is none (as under xargs), the
    /// terminal that this process belongs to.
    package static func standard() throws(TerminalError) -> TerminalDescriptors {
        guard isatty(STDOUT_FILENO) == 1 else { throw .notATerminal }
        if isatty(STDIN_FILENO) == 1 {
            return TerminalDescriptors(input: STDIN_FILENO, output: STDOUT_FILENO)
        }
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        guard terminal >= 0 else { throw .notATerminal }
        return TerminalDescriptors(input: terminal, output: STDOUT_FILENO)
    }
}

/// Why the terminal could not be taken over.
package enum TerminalError: Error, Equatable, CustomStringConvertible {
    case notATerminal
    /// TERM says that it moves no cursor.
    case dumb
    case noDescription(types: [String])

    package var description: String {
        switch self {
        case .notATerminal:
            "standard output is no terminal; for the screen as text use: martlet snapshot"
        case .dumb:
            "TERM=dumb is a terminal that cannot draw a screen; for the screen as text use: martlet snapshot"
        case .noDescription(let types):
            "terminfo has none of \(types.joined(separator: ", ")); install it: apt-get install ncurses-base"
        }
    }
}
