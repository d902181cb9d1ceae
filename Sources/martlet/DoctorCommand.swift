import ArgumentParser
import Text

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine gives martlet, what is missing, and the command that mends it.",
        discussion: HelpSections(
            examples: """
                martlet doctor
                martlet doctor -o jsonl | jq 'select(.verdict != "good")'
                martlet doctor --config ops/martlet
                """,
            exitStatus: """
                0   everything needed is here
                1   something is missing
                64  a word of the command line is wrong
                """,
            environment: """
                TERM, TERMINFO, COLORTERM, NO_COLOR
                                 what the terminal can do
                LC_ALL, LC_CTYPE, LANG
                                 whether it takes UTF-8
                MARTLET_CONFIG   the configuration folder, before the usual ones
                XDG_CONFIG_HOME  martlet/ below it is that folder
                                 (default: ~/.config)
                """ + "\n" + HelpSections.hubEnvironment,
            files: """
                ~/.config/martlet, /etc/martlet
                                 the configuration folder: the first that is there
                /etc/group       which groups read logs
                """
        ).discussion(
            """
            Looks at the terminal, the locale, the kernel, permissions, the programs martlet starts and the folders \
            it uses, and says which configuration folder is in use and whether a hub runs. Changes nothing.

            + is good, ! works with less to see, X is missing; below the last two stands what mends it.
            """))

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @Option(help: ArgumentHelp("The configuration folder, before all other places.", valueName: "folder"))
    var config: String?

    func run() throws {
        let findings = Doctor(machine: ThisMachine(), config: config).examine()
        print(try DoctorReport(findings: findings).text(as: output), terminator: "")
        if findings.contains(where: { $0.verdict == .missing }) {
            throw ExitStatus.bad
        }
    }
}

/// How a command prints a list.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
    /// An object a line.
    case jsonl
    /// RFC 4180, with a line of names.
    case csv
}
