import ArgumentParser
import Fleet

struct RolloutPauseCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pause",
        abstract: "Have a rollout start no more hosts, until it is resumed.",
        discussion: HelpSections(
            examples: """
                martlet rollout pause web --reason 'asking the dba'
                martlet rollout pause                     the one that goes on
                """,
            exitStatus: RolloutOrder.exitStatus, environment: RolloutCommand.environment,
            files: RolloutOrder.files
        ).discussion(
            """
            What a host has begun it ends. Orders, health and the gate are looked at as before; a hold waits on.
            """))

    @OptionGroup var order: RolloutOrder

    func run() async throws {
        try await order.give(.pause)
    }
}
