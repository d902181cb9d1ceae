import ArgumentParser
import Fleet
import Foundation
import Hub
import HubClient
import Text

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract:
            "Say everything that is wrong with the configuration folder, or with hosts' own files.",
        discussion: HelpSections(
            examples: """
                martlet check                    the folder in use
                martlet check --config .         the one that is being written
                martlet check && martlet reload  take it over
                martlet check web                the files of those hosts, on the hosts
                martlet check web --actions      what there may be started, and what not
                """,
            exitStatus: """
                0   all is right
                1   it can be used, but there is something to look at
                64  a word of the command line is wrong
                65  something is wrong: a reload would change nothing; or a
                    host's agent.conf is
                69  a host could not be reached; standard error says why
                """,
            environment: HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: """
                agent.conf       what this machine's own agent samples, follows and
                                 lets others start; docs/agent-conf.md has every key
                hosts.yaml       which machines there are and how to reach them;
                                 docs/hosts-yaml.md has every field
                rules.yaml       what to be told about, and how;
                                 docs/rules-yaml.md has every field
                rollouts.yaml    how a change goes over the fleet;
                                 docs/rollouts-yaml.md has every field
                """
        ).discussion(
            """
            Reads the folder whole, runs the inventory commands that hosts.yaml names, and compares hosts, rules, hooks \
            and rollouts with those of the hub, where one runs. An agent.conf in it is what this machine's agent reads, and \
            that checks it; where no martlet-agent is installed, it says so. Changes nothing.

            With hosts it runs martlet-agent check on each over your own ssh: whether its agent.conf is right, its logs \
            read as it says, its probes answer and its actions could be started, and the line that sudoers needs. With \
            --actions it also says which actions of rollouts.yaml a host lacks.
            """))

    @Argument(help: ArgumentHelp("Hosts whose own files are checked, over your own ssh.", valueName: "host"))
    var hosts: [String] = []

    @Flag(help: "Of hosts: each declared action, and what would refuse it.")
    var actions = false

    @Option(help: ArgumentHelp("The configuration folder, before all other places.", valueName: "folder"))
    var config: String?

    @Option(help: ArgumentHelp("Compare with the hub at this socket.", valueName: "socket"))
    var hub: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    func validate() throws {
        try HostArguments.check(hosts)
        guard !hosts.isEmpty else {
            if actions { throw ValidationError("--actions goes with hosts: martlet check web --actions") }
            return
        }
        if hub != nil { throw ValidationError("--hub goes without hosts: they are asked over ssh") }
        if !actions, output != .table {
            throw ValidationError("-o goes with --actions; what a host's check says is text")
        }
    }

    func run() async throws {
        do {
            if hosts.isEmpty { try await check() } else { try await checkHosts() }
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("martlet check: \(error)\n".utf8))
            throw ExitStatus.of(error)
        }
    }

    private func check() async throws {
        guard let folder = HostArguments.folder(config) else {
            let places = ConfigFolder.candidates(option: nil) { ProcessInfo.processInfo.environment[$0] }
            let first = places.first?.path ?? "/etc/martlet"
            FileHandle.standardError.write(
                Data(
                    "martlet check: no configuration folder is there; the first is made by: mkdir -p \(first)\n"
                        .utf8))
            throw ExitStatus.bad
        }
        let path = folder.path
        let load = await ConfigurationLoad.whole(
            path, agent: Programs.agent, now: Int64(Date().timeIntervalSince1970 * 1000))
        var report = ListReport("what", "text")
        for error in load.errors { report.add("wrong", error.description) }
        for warning in load.warnings { report.add("look", warning) }
        let agentFile = await AgentFileCheck(path)
        for fault in agentFile?.wrong ?? [] { report.add("wrong", fault) }
        for fault in agentFile?.look ?? [] { report.add("look", fault) }
        if load.errors.isEmpty {
            for change in try await changes(to: load) { report.add("change", change) }
        }
        if output == .table {
            print(Self.text(report, path, load, agentFile), terminator: "")
        } else {
            print(try report.text(as: output), terminator: "")
        }
        if report.rows.contains(where: { $0[0] == "wrong" }) { throw ExitStatus.badFile }
        if report.rows.contains(where: { $0[0] == "look" }) { throw ExitStatus.bad }
    }

    /// What a reload would do to the hub that runs; nothing where none does.
    private func changes(to load: ConfigurationLoad) async throws -> [String] {
        let client: HubClient
        do {
            client = try await HubDoor.attach(hub)
        } catch HubClientError.absent where hub == nil {
            return []
        }
        let inForce = try await client.configuration()
        let hosts = InventoryChange(from: inForce.hosts, to: load.inventory.targets)
        let rules = RuleChange(from: try await client.rules(), to: load.rules.rules)
        let rollouts = RolloutChange(from: inForce.rollouts ?? [], to: load.rollouts)
        let hooks = inForce.hooks.map { HookChange(from: $0, to: load.rules.hooks.digests).lines } ?? []
        let lines = hosts.lines + rules.lines + hooks + rollouts.lines
        return lines.isEmpty ? ["nothing: the hub has these hosts, rules, hooks and rollouts"] : lines
    }

    private static func text(
        _ report: ListReport, _ path: String, _ load: ConfigurationLoad, _ agentFile: AgentFileCheck?
    ) -> String {
        let targets = load.inventory.targets
        let groups = Set(targets.flatMap(\.groups)).count
        let marks = ["wrong": "X", "look": "!", "change": "~"]
        var lines = ["configuration \(path)"]
        lines += report.rows.map { "  \(marks[$0[0]] ?? " ") \(SafeText($0[1]).string)" }
        if load.file == nil, load.errors.isEmpty {
            lines.append("  no hosts.yaml: `martlet` alone shows this machine")
        } else if load.errors.isEmpty {
            let hosts = "\(targets.count) \(targets.count == 1 ? "host" : "hosts")"
            lines.append("  \(hosts) in \(groups) \(groups == 1 ? "group" : "groups")")
        } else {
            lines.append("  \(load.errors.count) wrong: a reload changes nothing")
        }
        if load.errors.isEmpty {
            lines.append("  \(RulesCheckCommand.summary(of: load.rules))")
            let names = load.rollouts.map(\.name)
            if !names.isEmpty {
                lines.append(
                    "  \(names.count) \(names.count == 1 ? "rollout" : "rollouts"): \(names.joined(separator: ", "))"
                )
            }
        }
        if let agentFile {
            lines.append(
                agentFile.wrong.isEmpty
                    ? "  agent.conf: this machine's agent reads it"
                    : "  agent.conf: this machine's agent does not take it as it is")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
