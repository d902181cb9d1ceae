import ArgumentParser
import Fleet
import Foundation
import Hub
import Text

struct DiscoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "discover",
        abstract: "Say what runs on hosts, which logs they have, and what agent.conf is proposed.",
        discussion: HelpSections(
            examples: """
                martlet discover                     on this machine
                martlet discover web1                what runs there, and its logs
                martlet discover web1 --output conf  sections for its agent.conf
                martlet discover web1 db1 -o json    an object for each host, a line each
                """,
            exitStatus: """
                0   each host answered
                64  a word of the command line is wrong
                69  a host could not be reached; standard error says why
                """,
            environment: HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            Runs martlet-agent discover on each host, over your own ssh and with the agent that is there, or a copy for \
            the run. Nothing is written on the host but that copy.
            """))

    @Argument(
        help: ArgumentHelp(
            "Hosts to look at, reached over your own ssh; none means this machine.", valueName: "host"))
    var hosts: [String] = []

    @Option(name: [.short, .long], help: "How to print it: table, conf (sections of agent.conf) or json.")
    var output: DiscoveryFormat = .table

    @Option(
        help: ArgumentHelp("The folder of hosts.yaml; the usual ones without it.", valueName: "folder"))
    var config: String?

    func validate() throws { try HostArguments.check(hosts) }

    func run() async throws {
        do {
            let agents = AgentRun(agent: Programs.agent, sockets: try HubFolders().sshSockets)
            var isWhole = true
            let targets = hosts.isEmpty ? [Self.here] : try HostArguments.targets(hosts, config: config)
            for target in targets {
                do throws(DialFailure) {
                    let answer = try await agents.run(
                        ["discover", "--output", output.rawValue], on: target)
                    if targets.count > 1, output != .json { print("# \(SafeText(target.name).string)") }
                    show(
                        output == .json ? Self.named(answer.output, target.name) : answer.output,
                        to: .standardOutput)
                    show(answer.errors, to: .standardError)
                    isWhole = isWhole && answer.status == 0
                } catch {
                    isWhole = false
                    show("martlet discover: \(target.name): \(error.reason)\n", to: .standardError)
                }
            }
            if !isWhole { throw ExitStatus.unreachable }
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("martlet discover: \(error)\n".utf8))
            throw ExitStatus.of(error)
        }
    }

    /// An agent's object with the name of its host as the hub knows it, which the agent does not.
    private static func named(_ json: String, _ host: String) -> String {
        guard json.hasPrefix("{"), let name = try? JSONEncoder().encode(host) else { return json }
        return "{\"host\":\(String(decoding: name, as: UTF8.self)),\(json.dropFirst())"
    }

    private static var here: HostTarget {
        var here = HostTarget(ThisMachine.hostName)
        here.connect = .local
        return here
    }

    /// What a host says, line by line, as no terminal can be led astray by it.
    private func show(_ text: String, to file: FileHandle) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        file.write(Data(lines.map { SafeText(String($0)).string }.joined(separator: "\n").utf8))
    }
}

/// `--output` of discover, as the agent takes it.
enum DiscoveryFormat: String, ExpressibleByArgument, CaseIterable {
    case table, conf, json
}
