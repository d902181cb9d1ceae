/// A command as the argument parser describes itself (`--experimental-dump-help`, serialisation
/// version 0): the parts that a manual page shows.
struct CommandDescription: Decodable, Equatable, Sendable {
    struct Tool: Decodable {
        let command: CommandDescription
    }

    struct Argument: Decodable, Equatable, Sendable {
        struct Name: Decodable, Equatable, Sendable {
            let kind: String
            let name: String

            /// As typed: `-o` or `--output`.
            var spelled: String { (kind == "long" ? "--" : "-") + name }
        }

        let kind: String
        var shouldDisplay = true
        var isOptional = true
        var isRepeating = false
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let abstract: String?
        let discussion: String?
    }

    let commandName: String
    var shouldDisplay = true
    let abstract: String?
    let discussion: String?
    let subcommands: [CommandDescription]?
    let arguments: [Argument]?

    /// The subcommands that are not hidden, `help` left out.
    var shownSubcommands: [CommandDescription] {
        (subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }
    }

    var shownArguments: [Argument] {
        (arguments ?? []).filter(\.shouldDisplay)
    }
}
