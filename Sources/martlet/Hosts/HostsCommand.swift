import ArgumentParser
import Fleet
import Foundation
import Hub
import HubClient
import Synchronization
import Telemetry
import Text

struct HostsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hosts",
        abstract:
            "List the hosts: state of the link, groups, tags, the agent's version, when they were last seen.",
        discussion: HelpSections(
            examples: """
                martlet hosts                      all of them
                martlet hosts web 'env!=dev'       of a group, or with a tag
                martlet hosts -o csv               for a sheet
                martlet hosts -f -o jsonl          and each change of a state
                martlet hosts --exit-code web      1 while one of them is not live
                martlet hosts --forget wbe1        a slip of the hand: its watch ends
                """,
            exitStatus: """
                0   a list was printed
                1   with --exit-code: a host that is listed is not live
                64  a word of the command line is wrong, or selects nothing; with
                    --forget, a host is of hosts.yaml
                69  no hub runs
                77  the hub's socket is not open to this user
                """,
            environment: HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            Asks the hub that runs; martlet, or martlet hub, starts one. Words are groups, hosts or selectors, and \
            those that any of them selects are listed. Hosts that were named on a command line stay with the hub until it \
            ends or --forget names them; what was open of them is over then.

            STATE is live, connecting, stale or off, or the kind of failure: key_unknown, key_changed, needs_person, \
            login_refused, no_address, no_route, no_sshd, no_answer, noexec, no_agent …, or ended for what has no kind of its \
            own. REASON has the command that mends it.
            """))

    @Argument(help: ArgumentHelp("Groups, hosts or selectors; none is all.", valueName: "word"))
    var words: [String] = []

    @Option(help: ArgumentHelp("The hub at this socket instead of the usual ones.", valueName: "socket"))
    var hub: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @Flag(help: "End with 1 while a host that is listed is not live; those that are off do not count.")
    var exitCode = false

    @Flag(help: "End the watch of hosts of these names, which hosts.yaml must not have; list what is left.")
    var forget = false

    @Flag(name: [.short, .long], help: "Stay, and print each host again when its state changes.")
    var follow = false

    func validate() throws {
        try HostArguments.check(words)
        if follow, exitCode || forget {
            throw ValidationError("-f follows hosts without end: leave out --exit-code and --forget")
        }
        if forget, words.isEmpty { throw ValidationError("--forget wants the names of hosts") }
    }

    func run() async throws {
        do {
            let door = try await HubDoor.attach(hub)
            if forget { try await Self.forget(words, door) }
            if follow { try await stay(door) }
            let hosts = try Self.selected(try await door.hosts(), forget ? [] : words)
            print(try Self.report(hosts, now: DashboardSession.now()).text(as: output), terminator: "")
            let isBad = hosts.contains { $0.state != .live && $0.state != .off }
            if exitCode, isBad { throw ExitStatus.bad }
        } catch let error as ExitCode {
            throw error
        } catch let error as ValidationError {
            FileHandle.standardError.write(Data("martlet hosts: \(error.message)\n".utf8))
            throw ExitStatus.usage
        } catch {
            FileHandle.standardError.write(Data("martlet hosts: \(error)\n".utf8))
            throw ExitStatus.of(error)
        }
    }

    /// Until the hub is gone.
    private func stay(_ hub: HubClient) async throws {
        // A word that selects nothing is a slip of the hand now, and later a host that went.
        _ = try Self.selected(try await hub.hosts(), words)
        let selectors = try words.map { try Selector($0) }
        let printer = Mutex(HostPrinter(format: output))
        try await hub.states { all in
            let hosts = all.sorted { NaturalOrder.isBefore($0.host, $1.host) }.filter { host in
                selectors.isEmpty || selectors.contains { $0.matches(host.attributes) }
            }
            let text = printer.withLock { (try? $0.text(of: hosts, at: DashboardSession.now())) ?? "" }
            if !text.isEmpty { FileHandle.standardOutput.write(Data(text.utf8)) }
        }
        throw HubClientError.closed(hub.socketPath)
    }

    private static func forget(_ names: [String], _ hub: HubClient) async throws {
        do {
            try await hub.forget(names)
        } catch HubClientError.refused(status: 404, let reason) {
            throw ValidationError("\(reason); --forget takes names of hosts, not groups or selectors")
        }
    }

    /// Those that any word selects, in the order of their names.
    static func selected(_ all: [HostSummary], _ words: [String]) throws -> [HostSummary] {
        let sorted = all.sorted { NaturalOrder.isBefore($0.host, $1.host) }
        guard !words.isEmpty else { return sorted }
        let attributes = sorted.map(\.attributes)
        var chosen = [Bool](repeating: false, count: sorted.count)
        for word in words {
            let selector = try Selector(word)
            if let unknown = selector.firstUnknown(among: attributes) {
                throw ValidationError("`\(word)`: \(unknown)")
            }
            for place in attributes.indices where selector.matches(attributes[place]) { chosen[place] = true }
        }
        // A slip of the hand must not look like a list in which all is well.
        guard chosen.contains(true) || sorted.isEmpty else {
            throw ValidationError("`\(words.joined(separator: " "))` selects none of \(sorted.count) hosts")
        }
        return zip(sorted, chosen).filter(\.1).map(\.0)
    }

    static func report(_ hosts: [HostSummary], now: Timestamp) -> ListReport {
        var report = ListReport(
            "host", ListColumn("state", .whole), ListColumn("seen", .whole), "agent", "groups", "tags",
            "source",
            "reason")
        for host in hosts {
            let seen = host.lastFrame.map {
                Format.age(max(0, Double(now.milliseconds - $0) / 1000)).string
            }
            report.add(
                host.host, host.stateWord, seen ?? "-", host.agentVersion.isEmpty ? "-" : host.agentVersion,
                host.groupWords, host.tagWords, host.source, host.state.reason ?? "-")
        }
        return report
    }
}

extension HostSummary {
    /// One word for lists; of what failed, the kind of failure.
    var stateWord: String {
        switch state {
        case .connecting: "connecting"
        case .live: "live"
        case .stale: "stale"
        case .failed: failure ?? "failed"
        case .off: "off"
        }
    }

    var groupWords: String { groups.isEmpty ? "-" : groups.joined(separator: " ") }

    var tagWords: String {
        tags.isEmpty
            ? "-" : tags.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
    }
}

extension LinkState {
    var reason: String? {
        if case .failed(let reason, _) = self { reason } else { nil }
    }
}
