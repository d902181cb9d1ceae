import ArgumentParser
import Fleet
import Foundation
import HubClient

struct RolloutPlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say what a rollout would do, to which hosts, and what stands in the way.",
        discussion: HelpSections(
            examples: """
                martlet rollout plan web --version 4.12.1
                martlet rollout plan web --param version=4.12.1 --param mode=fast
                martlet rollout plan web --version 4.12.1 -o json
                """,
            exitStatus: """
                0   it may start now
                64  a word of the command line is wrong
                65  a host does not declare what rollouts.yaml asks of it
                69  no hub can be reached
                75  not now: another rollout has the lock, its window is closed, or a
                    host is away
                77  the hub's socket is not open to this user
                """,
            environment: HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: """
                rollouts.yaml    what may be started; docs/rollouts-yaml.md
                """
        ).discussion("Starts nothing. What it prints is what start shows before it asks."))

    @OptionGroup var words: RolloutWords
    @OptionGroup var options: RolloutOptions

    @Option(
        name: .customLong("override"),
        help: ArgumentHelp("As start takes it: outside of its window.", valueName: "reason"))
    var override: String?

    func run() async throws {
        try await RolloutCall.catching("rollout plan") {
            let request = RolloutRequest(
                name: words.name, parameters: try words.parameters(), by: AlertCall.actor(named: nil),
                override: override)
            let prospect = try await RolloutProspect(request, try await RolloutCall.client(options.hub))
            print(try Self.text(prospect, options.output), terminator: "")
            if !prospect.forecast.obstacles.isEmpty { throw ExitStatus.later }
        }
    }

    static func text(_ prospect: RolloutProspect, _ format: ListFormat) throws -> String {
        let batches = prospect.forecast.rollout.batches
        switch format {
        case .table: return RolloutText.plan(prospect)
        case .csv:
            let rows = batches.enumerated().flatMap { batch, hosts in hosts.map { ["\(batch + 1)", $0] } }
            return try ListText.text(["batch", "host"], rows, batches, .csv)
        case .json, .jsonl: return try ListText.json(prospect.forecast) + "\n"
        }
    }
}
