import ArgumentParser
import Fleet
import Foundation
import HubClient
import Text

struct ActionListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Print what hosts let others start.",
        discussion: HelpSections(
            examples: """
                martlet action list                      this machine
                martlet action list '*'                  all hosts of the hub
                martlet action list 'role=web' -o jsonl
                """,
            exitStatus: """
                0   printed, whatever the list says
                64  a word of the command line is wrong
                69  no hub can be reached
                77  the hub's socket is not open to this user
                """,
            environment: HelpSections.hubEnvironment,
            files: """
                /etc/martlet/agent.conf            on the host: its [action] sections
                """
        ).discussion(
            """
            A host that is not connected declares nothing that the hub knows of. Standard error names it, and says how \
            to declare an action where nobody does.
            """))

    @OptionGroup var options: ActionOptions

    @Argument(help: ArgumentHelp("Which hosts: a selector, * for all.", valueName: "selector"))
    var selector: String?

    func run() async throws {
        try await ActionFailure.catching("action list") {
            let client = try await HubAccess(socket: options.hub, hosts: []).connect()
            let chosen = try await ActionHosts(selector, client)
            print(try Self.text(chosen.listings, options.output), terminator: "")
            for listing in chosen.listings where !listing.isConnected || !listing.refusal.isEmpty {
                let reason = listing.isConnected ? listing.refusal : "not connected"
                ActionFailure.complain("action list", "\(listing.host): \(reason)")
            }
            if let hint = Self.hint(chosen.listings) { ActionFailure.complain("action list", hint) }
        }
    }

    /// Why there is no row, and what to do about it; nil where there is one.
    static func hint(_ listings: [ActionListing]) -> String? {
        guard listings.allSatisfy(\.actions.isEmpty) else { return nil }
        let connected = listings.filter(\.isConnected)
        guard !connected.isEmpty else {
            return "none of these hosts is connected: `martlet hosts` says why"
        }
        return """
            no host that is connected declares an action. On the host, agent.conf (/etc/martlet/agent.conf) declares one:
            an [action NAME] with `about = ...` and `run = /absolute/path`; docs/actions.md has the steps
            """
    }

    /// A row an action and host.
    static func text(
        _ listings: [ActionListing], _ format: ListFormat, within width: Int? = ListText.terminalWidth
    ) throws -> String {
        let rows = listings.flatMap { listing in
            listing.actions.map { action in
                [
                    listing.host, action.name, action.danger, action.user,
                    action.parameters.map { "\($0.name)=\($0.type)" }.joined(separator: ", "), action.about,
                ]
            }
        }
        return try ListText.text(
            ["host", "action", ListColumn("danger", .whole), "user", "parameters", "about"], rows, listings,
            format, within: width)
    }
}

/// How the commands of orders end where they could not do what was asked.
enum ActionFailure {
    static func catching(_ command: String, _ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as ExitCode {
            throw error
        } catch let error as ActionRefusal {
            complain(command, error.description)
            throw ExitStatus.usage
        } catch {
            complain(command, "\(error)")
            throw ExitStatus.of(error)
        }
    }

    /// A line for each of the text's.
    static func complain(_ command: String, _ text: String) {
        for line in text.split(whereSeparator: \.isNewline) {
            FileHandle.standardError.write(
                Data("martlet \(command): \(SafeText(String(line)).string)\n".utf8))
        }
    }
}
