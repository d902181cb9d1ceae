import ArgumentParser
import Fleet
import Foundation
import HubClient

struct RolloutAttachCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attach",
        abstract: "Follow a rollout that goes on, whoever started it.",
        discussion: HelpSections(
            examples: """
                martlet rollout attach                        the one that goes on
                martlet rollout attach web
                martlet rollout attach 4f19 --wait --timeout 30m
                martlet rollout attach web --wait -o jsonl
                """,
            exitStatus: RolloutCommand.exitStatus, environment: RolloutCommand.environment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            Prints how it stands, then what happens, until it ends. ctrl-c ends only this. With --wait the exit status \
            tells how it ended; without, that it was shown.
            """))

    @Argument(help: ArgumentHelp("Its id, how that begins, or its name.", valueName: "rollout"))
    var rollout: String?

    @OptionGroup var options: RolloutOptions
    @OptionGroup var waiting: RolloutWaiting

    func validate() throws {
        try options.refuseCSV()
    }

    func run() async throws {
        try await RolloutCall.catching("rollout attach") {
            let client = try await RolloutCall.client(options.hub)
            let found = try RolloutCall.rollout(rollout, among: try await client.rollouts())
            if options.output == .table {
                print(RolloutText.standing(found, at: RolloutCall.now()), terminator: "")
                fflush(nil)
            }
            try await RolloutFollow(
                started: found, isPrinted: options.output == .table, client: client, format: options.output
            ).end(timeout: try waiting.duration(), tells: waiting.wait)
        }
    }
}
