import ArgumentParser

struct ActionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "action",
        abstract: "Start what hosts declare: list actions, run or cancel one.",
        discussion: HelpSections(
            examples: """
                martlet action list
                martlet action run restart-web 'role=web' -y
                """,
            exitStatus: """
                0   done
                1   an action failed, or its end is not known
                64  a word of the command line is wrong
                69  a hub or a host cannot be reached
                75  not now: a lock is held, or a cooldown goes on
                77  not allowed
                """,
            environment: HelpSections.hubEnvironment,
            files: """
                /etc/martlet/agent.conf            on the host: its [action] sections
                $XDG_STATE_HOME/martlet/audit.jsonl
                                                   the hub's orders, and its audit
                """
        ).discussion(
            """
            A host starts only what its own agent.conf declares, with parameters of declared types, each order at most \
            once. See docs/actions.md.
            """),
        subcommands: [ActionListCommand.self, ActionRunCommand.self, ActionCancelCommand.self])
}

/// What both commands need to find a hub and choose hosts.
struct ActionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Attach to the hub at this socket instead of looking for one.", valueName: "socket"))
    var hub: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table
}
