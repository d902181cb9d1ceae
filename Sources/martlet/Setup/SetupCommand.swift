import ArgumentParser
import Fleet
import Foundation
import Glibc
import Hub
import Text

struct SetupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "setup",
        abstract: "Put the agent on hosts, as a recorder that stays: shown as a diff, then asked.",
        discussion: HelpSections(
            examples: """
                martlet setup web --dry-run         what would be written, and how
                martlet setup web01 db1             the same, then asks, then writes
                martlet setup web --as timer --yes  a round each minute instead
                martlet setup web01 --conf web.conf with this agent.conf
                martlet setup web --upgrade         the agents that are there, by five
                martlet setup web01 --remove        takes it away again
                """,
            exitStatus: """
                0   written and checked on each host; with --dry-run: shown
                1   written, but the check on some host has findings; an
                    upgrade: a host's agent does not answer as the new one
                64  a word of the command line is wrong, or it was not confirmed
                65  a host's agent.conf is bad
                69  a host could not be reached, or lacks something; it says what
                77  not allowed: log in as root, or say sudo: yes in hosts.yaml
                """,
            environment: HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: """
                Agents/install.sh  what runs on the host, and Agents/README.md
                                   what it writes where
                """
        ).discussion(
            """
            For each host: the agent of this machine, a service (systemd or OpenRC) or a line of cron where neither is, \
            and an agent.conf that martlet-agent discover proposes there. An agent.conf that is there stays as it is. \
            Where that agent.conf declares actions: the scripts that it names, the lines that sudo needs, tried by \
            visudo there, and a drop-in for the service. Each file is written under another name first and then \
            renamed; afterwards martlet-agent check runs there. A list on the host says what was written, and \
            --remove takes exactly that away. Without root it goes into the user's own folder and crontab.

            --upgrade replaces the agents that setup put on hosts before, --batch of them at a time; each must answer \
            with the new program before the next ones are touched, and the first that does not ends it.
            """))

    @Argument(help: ArgumentHelp("Hosts to set up, reached over your own ssh.", valueName: "host"))
    var hosts: [String]

    @Flag(help: "Show what would be written, and write nothing.")
    var dryRun = false

    @Flag(name: [.customShort("y"), .long], help: "Do not ask.")
    var yes = false

    @Flag(help: "Take away what setup wrote; agent.conf and what was recorded stay.")
    var remove = false

    @Flag(help: "Put the agent of this machine in the place of those that setup put there.")
    var upgrade = false

    @Option(help: ArgumentHelp("Hosts that are upgraded at a time, 1 to 100.", valueName: "number"))
    var batch = 5

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("systemd, openrc, cron, timer or none; found out without it.", valueName: "what"))
    var kind: SetupKind?

    @Option(help: ArgumentHelp("The agent.conf to write where none is.", valueName: "file"))
    var conf: String?

    @Option(
        help: ArgumentHelp(
            "Below this folder of the host instead of /, and nothing started.", valueName: "folder"))
    var root: String?

    @Option(
        help: ArgumentHelp("The folder of hosts.yaml; the usual ones without it.", valueName: "folder"))
    var config: String?

    func validate() throws {
        try HostArguments.check(hosts)
        if remove, conf != nil { throw ValidationError("--conf goes without --remove") }
        if upgrade, remove || conf != nil || kind != nil {
            throw ValidationError("--upgrade changes the program alone: leave --remove, --conf and --as out")
        }
        guard (1...100).contains(batch) else { throw ValidationError("--batch: write 1 to 100") }
        if let root,
            !root.hasPrefix("/") || !root.utf8.allSatisfy({ Self.isPlain($0) })
        {
            throw ValidationError("--root \(root): write an absolute path of letters, digits and ._/-")
        }
    }

    /// It becomes a word of a script.
    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D...0x2F, 0x5F: true
        default: false
        }
    }

    func run() async throws {
        try await ActionFailure.catching("setup") {
            let targets = try HostArguments.targets(hosts, config: config).map { target in
                var target = target
                target.agent = .copy
                return target
            }
            guard let files = SetupScript.files(beside: ThisMachine().executableFolder) else {
                throw ActionRefusal.usage(
                    "the folder Agents is neither beside martlet nor in ../share/martlet; make install puts it there"
                )
            }
            let text = try conf.map { try String(contentsOfFile: $0, encoding: .utf8) }
            if let conf, text?.split(whereSeparator: \.isNewline).contains(Substring(SetupScript.end)) == true
            {
                throw ActionRefusal.usage(
                    "\(conf): the line \(SetupScript.end) ends a file here; leave it out")
            }
            let flags = (kind.map { ["--as", $0.rawValue] } ?? []) + (root.map { ["--root", $0] } ?? [])
            // For the image its own root is named.
            let shown = kind.map { ["--as", $0.rawValue] } ?? []
            let script = SetupScript(files: files, flags: flags, root: root ?? "", configuration: text)
            let preview = SetupScript(files: files, flags: shown, root: root ?? "", configuration: text)
            let agents = AgentRun(agent: Programs.agent, sockets: try HubFolders().sshSockets)
            if upgrade {
                let upgrade = SetupUpgrade(script: script, agents: agents, batch: batch, isDry: dryRun)
                return try await upgrade.run(targets) { try confirm($0, "upgrade") }
            }
            var status = Set<Int32>()
            var reached: [HostTarget] = []
            for target in targets {
                let words = remove ? script.text(.removal) : preview.text(.preview)
                let code = await perform(words, on: target, agents)
                if code == 0 { reached.append(target) } else { status.insert(code) }
            }
            if !dryRun, !reached.isEmpty {
                try confirm(reached, remove ? "remove it from" : "write this to")
                for target in reached {
                    let code = await perform(script.text(remove ? .remove : .install), on: target, agents)
                    status.insert(code)
                    if code == 0, !remove { status.insert(await verify(target, agents)) }
                }
            }
            status.remove(0)
            for code: Int32 in [69, 77, 65, 1] where status.contains(code) { throw ExitCode(code) }
            if let code = status.first { throw ExitCode(code) }
        }
    }

    private func confirm(_ targets: [HostTarget], _ what: String) throws {
        guard !yes else { return }
        let names = targets.map(\.name).joined(separator: ", ")
        guard isatty(0) == 1, isatty(2) == 1 else {
            throw ActionRefusal.usage(
                "\(what) \(names): confirm it with --yes")
        }
        let expected = targets.count == 1 ? "yes" : "\(targets.count)"
        FileHandle.standardError.write(
            Data("\(what) \(names)\ntype \(expected) to go on: ".utf8))
        tcflush(0, TCIFLUSH)
        guard readLine() == expected else { throw ActionRefusal.usage("not confirmed: nothing was written") }
    }

    /// Shows what the host says; its status as one of ours.
    private func perform(_ script: String, on target: HostTarget, _ agents: AgentRun) async -> Int32 {
        do throws(DialFailure) {
            let answer = try await agents.run(script: script, on: target)
            show(answer, target)
            switch answer.status {
            case 0, 64, 69, 77: return answer.status
            default: return ExitStatus.unreachable.rawValue
            }
        } catch {
            ActionFailure.complain("setup", "\(target.name): \(error.reason)")
            return ExitStatus.unreachable.rawValue
        }
    }

    private func verify(_ target: HostTarget, _ agents: AgentRun) async -> Int32 {
        let file = "\(root ?? "")/etc/martlet/agent.conf"
        do throws(DialFailure) {
            let answer = try await agents.run(root == nil ? ["check"] : ["check", file], on: target)
            show(answer, target)
            switch answer.status {
            case 0: return 0
            case 65, 66: return ExitStatus.badFile.rawValue
            default: return ExitStatus.bad.rawValue
            }
        } catch {
            ActionFailure.complain("setup", "\(target.name): \(error.reason)")
            return ExitStatus.unreachable.rawValue
        }
    }

    private func show(_ answer: AgentRun.Answer, _ target: HostTarget) {
        print("# \(SafeText(target.name).string)")
        for line in answer.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            print(SafeText(String(line)).string)
        }
        for line in answer.errors.split(separator: "\n") {
            ActionFailure.complain("setup", "\(target.name): \(line)")
        }
    }
}

/// `--as`, as install.sh takes it.
enum SetupKind: String, ExpressibleByArgument, CaseIterable {
    case systemd, openrc, cron, timer, none
}
