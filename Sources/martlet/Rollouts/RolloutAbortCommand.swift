import ArgumentParser
import Fleet

struct RolloutAbortCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "abort",
        abstract: "End a rollout where it stands; hosts may be on both versions.",
        discussion: HelpSections(
            examples: """
                martlet rollout abort web --reason 'wrong version'
                martlet rollout rollback web              rather: the way back
                """,
            exitStatus: RolloutOrder.exitStatus, environment: RolloutCommand.environment,
            files: RolloutOrder.files
        ).discussion(
            """
            What a host has begun it ends. Nothing is taken back: that is martlet rollout rollback.
            """))

    @OptionGroup var order: RolloutOrder

    func run() async throws {
        try await order.give(.abort)
    }
}
