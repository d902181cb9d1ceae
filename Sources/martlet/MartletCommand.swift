import ArgumentParser
import Telemetry
import Text

@main
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "The ops room in a terminal.",
        discussion: HelpSections(
            examples: """
                martlet                     all of hosts.yaml, or this machine
                martlet web1 web2           those hosts
                martlet web 'env!=dev'      a group, and what a selector selects
                martlet -- hub              the host of that name, not the command
                martlet snapshot            a screen as text
                martlet doctor              what this machine lacks, and what mends it
                ssh -t jump1.example.net martlet web1 web2
                                            from a machine without Linux
                """,
            exitStatus: """
                0   done
                1   the thing asked about is bad
                3, 4, 5
                    rollouts and gates: halted or mixed, not decided, aborted
                64  a word of the command line is wrong
                65  a file is bad
                69  a hub or a host cannot be reached
                71  the kernel refused a descriptor
                75  not now: a lock is held, a window is closed
                77  not allowed: another user's socket or folder
                """,
            environment: HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            Shows the hosts of hosts.yaml, this machine where there is no such file, or the hosts that are named, over \
            your own ssh; one without martlet-agent gets a copy for the run. A hub, which is a process of its own, keeps their history while screens come and go.
            """),
        version: martletVersion,
        subcommands: [
            DashboardCommand.self, SnapshotCommand.self, DiscoverCommand.self, SetupCommand.self,
            ActionCommand.self, RolloutCommand.self, GateCommand.self,
            AuditCommand.self, RulesCommand.self,
            HubCommand.self, HostsCommand.self, CheckCommand.self, ReloadCommand.self, DoctorCommand.self,
            AlertsCommand.self, AckCommand.self, SilenceCommand.self, NoteCommand.self, MarkCommand.self,
            EventsCommand.self, HandoverCommand.self, LogsCommand.self,
            ManualCommand.self,
        ],
        defaultSubcommand: DashboardCommand.self)

    /// The subcommand that `word` is probably meant to be: one or two letters off, and not most of its letters, so that
    /// `web` is a host and no misspelt `hub`; nil where there is none.
    static func nearestSubcommand(to word: String) -> String? {
        EditDistance.closest(
            to: word, among: configuration.subcommands.compactMap { $0.configuration.commandName },
            within: min(2, word.count / 2))
    }
}
