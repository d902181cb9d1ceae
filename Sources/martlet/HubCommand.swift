import ArgumentParser
import Foundation
import Hub
import Logging

struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub",
        abstract: "Run the hub: take hosts' samples in, keep their history, serve the screens.",
        discussion: HelpSections(
            examples: """
                martlet hub                    keeps this machine's history until ctrl-c
                martlet hub                    all hosts of hosts.yaml, where there is one
                martlet hub web1 web2          keeps that of two hosts
                sg ops -c 'martlet hub --group'
                                               lets everybody of the group ops attach
                """,
            exitStatus: """
                0   ended by a signal or, with --session, for lack of screens
                64  a word of the command line is wrong
                65  hosts.yaml is wrong
                69  another hub runs on this state folder, or it cannot be used
                77  a folder is another user's, or others may write it
                """,
            environment: HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: """
                $XDG_RUNTIME_DIR/martlet/hub.sock  the socket, mode 0600
                $XDG_STATE_HOME/martlet/hub.sock   the socket without XDG_RUNTIME_DIR
                /run/martlet/hub.sock              the socket with --group, mode 0660, where
                                                   /run/martlet is this user's or root runs
                                                   the hub
                $XDG_STATE_HOME/martlet/hub.lock   one hub a state folder
                ~/.config/martlet, /etc/martlet    the configuration folder: hosts.yaml
                """
        ).discussion(
            """
            martlet starts a hub by itself when none runs, with --session, which runs no hooks. Run it by hand to keep \
            it: it takes the place of such a one, whose screens go on, and stays until SIGTERM or ctrl-c; SIGHUP has it take its configuration folder over again, as martlet reload does. It keeps an hour of each host by the second and three days by the minute, in memory, \
            512 MiB at most. Its log goes to standard error.
            """))

    @Argument(
        help: ArgumentHelp(
            "Groups, hosts, selectors, or destinations of ssh; none means all of hosts.yaml, or this machine.",
            valueName: "word"))
    var hosts: [String] = []

    @Option(help: ArgumentHelp("The configuration folder, before all other places.", valueName: "folder"))
    var config: String?

    @Flag(help: "End five minutes after the last screen has left.")
    var session = false

    @Flag(help: "Let members of this process's group attach too, from /run/martlet where that can be.")
    var group = false

    @Option(help: ArgumentHelp("Seconds that --session waits after the last screen.", visibility: .hidden))
    var linger = 300

    /// A day: who wants more wants a hub without --session.
    private static let lingerSecondsMax = 86_400

    func validate() throws {
        try HostArguments.check(hosts, config: config)
        guard (0...Self.lingerSecondsMax).contains(linger) else {
            throw ValidationError("--linger takes 0 to \(Self.lingerSecondsMax) seconds")
        }
    }

    func run() async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: "martlet.hub")
        logger.logLevel = .notice
        do {
            var options = HubOptions(folders: try HubFolders(isGroupOpen: group))
            options.hosts = hosts
            _ = try HostArguments.inventory(config)
            options.configuration = HostArguments.folder(config)
            options.findConfiguration = { [config] in HostArguments.folder(config) }
            options.isGroupOpen = group
            options.lingerMilliseconds = session ? Int64(linger) * 1000 : nil
            options.agent = Programs.agent
            try await HubServer(options, logger: logger).run()
        } catch {
            FileHandle.standardError.write(Data("martlet hub: \(error)\n".utf8))
            throw ExitStatus.of(error)
        }
    }
}
