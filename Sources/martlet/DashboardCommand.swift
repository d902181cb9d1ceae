import ArgumentParser
import Canvas
import Curses
import Dashboard
import Fleet
import Foundation
import Hub
import Telemetry

struct DashboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Open the dashboard: what `martlet` alone does.",
        discussion: HelpSections(
            examples: """
                martlet                        all of hosts.yaml, or this machine
                martlet web1 web2              two hosts; opens Fleet
                martlet web 'role=db env!=dev' a group, and what a selector selects
                martlet --ask db1              logs in first where that asks a person
                martlet --utc db1              times in UTC
                martlet --at 03:02             as it was then; = goes back to now
                martlet --at a41f              the moment and the host of that alert
                martlet --color none --glyphs ascii
                                               for a terminal that can do little
                """,
            exitStatus: """
                0   left
                64  a word of the command line is wrong, or no terminal to draw on
                65  hosts.yaml is wrong
                69  no hub is at --hub, or the terminal's description is missing
                77  the socket of --hub is not open to this user
                """,
            environment: """
                TERM             the terminal; an unknown one is taken for xterm-256color
                NO_COLOR         any value: draw without colours
                LC_ALL, LC_CTYPE, LANG
                                 without UTF-8 graphs are drawn in ASCII
                TZ               the zone of local times
                MARTLET_BELL, MARTLET_NOTIFY
                                 a severity, where --bell or --notify is not given
                MARTLET_ACTOR    who acknowledges, silences and orders (default: $USER)
                SHELL            what ! opens on this machine (default: /bin/sh)
                """ + "\n" + HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            Attaches to the hub that runs, or starts one that ends five minutes after its last screen. Quitting the \
            screen never ends the hub.

            Hosts are reached over your own ssh, with its keys and settings. A word is a group, a host or a selector of \
            hosts.yaml, or else a destination of ssh. Where martlet-agent is not \
            installed, a copy goes there for the run: into the first of ~/.cache/martlet, /var/tmp/martlet-UID and the \
            runtime folder that takes a program. A host that cannot be reached says why, and which command mends it.

            In the screen, ? lists the keys, : the commands, / filters rows, ! opens a shell on the row and tries its link again at once, q leaves.
            """))

    @OptionGroup var options: ScreenOptions

    @Option(help: "How many colours: auto (by the terminal), 256, 16 or none.")
    var color: ColorChoice = .auto

    @Flag(
        help: "Take the mouse: clicks select, the wheel scrolls; the terminal then selects text with shift.")
    var mouse = false

    @Option(
        help: ArgumentHelp(
            "Ring the bell for new alerts from this severity on: critical, warning or info.",
            valueName: "severity"))
    var bell: AlarmLevel?

    @Option(
        help: ArgumentHelp(
            "Have the terminal notify you (OSC 9) of new alerts from this severity on.", valueName: "severity"
        ))
    var notify: AlarmLevel?

    @Flag(help: "Offer no command that changes anything on a host: no actions, no rollouts, no shell.")
    var readOnly = false

    @Flag(
        help: ArgumentHelp(
            "Log in to the hosts first where that asks a person: a password, a second factor, a key's touch."
        ))
    var ask = false

    /// Before the screen: what of the hosts wants a person, on this terminal.
    private func askForLogins() throws -> [String] {
        guard ask else { return [] }
        let logins = AskedLogins(try HubFolders().sshSockets)
        let targets = try HostArguments.targets(options.hosts, config: options.config)
        return try logins.open(targets) { line in
            FileHandle.standardError.write(Data("martlet: \(line)\n".utf8))
        }.map(\.name)
    }

    func run() throws {
        do {
            let descriptors = try TerminalDescriptors.standard()
            if ProcessInfo.processInfo.environment["TERM"] == "dumb" { throw TerminalError.dumb }
            let asked = try askForLogins()
            let (access, choice) = try options.open()
            let feed = try HubFeed(access)
            for host in asked { feed.retry(HostID(host)) }
            let environment = ProcessInfo.processInfo.environment
            let terminal = try CursesTerminal(
                TerminalOptions(colors: color.depth, glyphs: options.glyphs.glyphs) { environment[$0] },
                descriptors: descriptors)
            if mouse { terminal.setMouse(true) }
            let localHost = HostID(ThisMachine.hostName)
            let size = terminal.size
            let dashboard = Dashboard(
                try options.dashboard(
                    choice, localHost: localHost, isReadOnly: readOnly,
                    bell: try AlarmLevel.wanted(bell, environment["MARTLET_BELL"], "MARTLET_BELL"),
                    notification: try AlarmLevel.wanted(
                        notify, environment["MARTLET_NOTIFY"], "MARTLET_NOTIFY")), width: size.width,
                height: size.height,
                now: DashboardSession.now())
            let session = try DashboardSession(
                dashboard: dashboard, terminal: terminal, feed: feed, localHost: localHost)
            throw ExitCode(session.run())
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("martlet: \(error)\n".utf8))
            throw ExitStatus.of(error)
        }
    }
}

/// `--bell` and `--notify`: from which severity on.
enum AlarmLevel: String, ExpressibleByArgument, CaseIterable {
    case critical, warning, info, none

    private var severity: Severity? { Severity(rawValue: rawValue) }

    /// The option, else the variable; off where neither says anything.
    static func wanted(_ option: AlarmLevel?, _ variable: String?, _ name: String) throws -> Severity? {
        if let option { return option.severity }
        guard let variable, !variable.isEmpty else { return nil }
        guard let level = AlarmLevel(rawValue: variable) else {
            throw ValidationError("\(name)=\(variable): write critical, warning, info or none")
        }
        return level.severity
    }
}
