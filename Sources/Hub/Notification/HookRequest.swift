/// One run of a hook, as the runner needs it.
package struct HookRequest: Sendable, Equatable {
    /// What is executed.
    package enum Command: Sendable, Equatable {
        /// The program and its words.
        case argv([String])
        /// A line for /bin/sh -c.
        case shell(String)
    }

    package var command: Command
    /// A file whose bytes the hook reads from descriptor 3.
    package var secret: String?
    package var timeoutMilliseconds: Int64
    /// The MARTLET_ variables, without those that every hook gets.
    package var facts: [String: String]
    /// What it reads on its standard input.
    package var input: [UInt8]
    /// The configuration's folder: where it runs, and what relative paths are relative to.
    package var folder: String
    /// A file that notes how it ended, for a hub that is started later; nil keeps no note.
    package var note: String?

    package init(
        command: Command, secret: String? = nil, timeoutMilliseconds: Int64 = 30_000,
        facts: [String: String] = [:], input: [UInt8] = [], folder: String, note: String? = nil
    ) {
        self.command = command
        self.secret = secret
        self.timeoutMilliseconds = timeoutMilliseconds
        self.facts = facts
        self.input = input
        self.folder = folder
        self.note = note
    }
}
