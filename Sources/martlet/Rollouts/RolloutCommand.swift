import ArgumentParser
import Fleet
import Foundation

struct RolloutCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout",
        abstract: "Take a change over the fleet in batches, judge each, and back when it is bad.",
        discussion: HelpSections(
            examples: """
                martlet rollout list                                what may be started
                martlet rollout plan web --version 4.12.1           who, in which batches
                martlet rollout start web --version 4.12.1 --wait
                martlet rollout status                              where they stand
                martlet rollout attach web                          watch one
                martlet rollout pause web --reason 'asking dba'
                martlet rollout resume web
                martlet rollout rollback web                        even after success
                """,
            exitStatus: exitStatus,
            environment: environment,
            files: """
                rollouts.yaml    what may be started, and how; docs/rollouts-yaml.md
                                 has every field
                """
        ).discussion(
            """
            The hub owns a rollout: it goes on without this command, and after the hub was killed and started again. \
            Each action is started at most once per host.
            """),
        subcommands: [
            RolloutListCommand.self, RolloutPlanCommand.self, RolloutStartCommand.self,
            RolloutStatusCommand.self, RolloutAttachCommand.self, RolloutPauseCommand.self,
            RolloutResumeCommand.self, RolloutAbortCommand.self, RolloutRollbackCommand.self,
        ])

    /// Of `start --wait` and `attach --wait`.
    static let exitStatus = """
        0   succeeded; without --wait: started, asked for, printed
        1   rolled back, all healthy; or what was asked does not fit its state
        3   halted or mixed: hosts may be on both versions, a person is needed
        4   --timeout or ctrl-c ended the waiting; it goes on
        5   aborted by a person
        64  a word of the command line is wrong, or it was not confirmed
        65  a host does not declare what rollouts.yaml asks of it
        69  the hub or a host cannot be reached; after the id it goes on there
        75  another rollout has the lock, or its window is closed
        77  not allowed
        """

    static let environment =
        """
        MARTLET_ACTOR    a name beside yours, as --as
        """ + "\n" + HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment
}

/// Which hub, and how to print.
struct RolloutOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Attach to the hub at this socket instead of looking for one.", valueName: "socket"))
    var hub: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    /// What is told as it happens has no table that could be a spreadsheet.
    func refuseCSV() throws {
        guard output != .csv else {
            throw ValidationError("-o csv is for lists: plan, list and status; write -o jsonl here")
        }
    }
}

/// Which rollout, of rollouts.yaml, with which parameters.
struct RolloutWords: ParsableArguments {
    @Argument(help: ArgumentHelp("The rollout's name in rollouts.yaml.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Short for --param version=VERSION.", valueName: "version"))
    var version: String?

    @Option(help: ArgumentHelp("A parameter's value; may be given again.", valueName: "name=value"))
    var param: [String] = []

    func parameters() throws -> [String: String] {
        let words = (version.map { ["version=\($0)"] } ?? []) + param
        return try ActionRunCommand.parameters(words)
    }
}
