import ArgumentParser
import Fleet

struct RolloutRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback",
        abstract: "Take the touched hosts back to the old version, even after success.",
        discussion: HelpSections(
            examples: """
                martlet rollout rollback web
                martlet rollout rollback web --reason 'checkout is slow'
                martlet rollout attach web --wait
                """,
            exitStatus: RolloutOrder.exitStatus, environment: RolloutCommand.environment,
            files: RolloutOrder.files
        ).discussion(
            """
            While one runs, its hosts that were touched go back, newest first. After one has ended it is a new rollout with the \
            way back's action over the hosts that the last one changed. Prints the id as the first line.
            """))

    @OptionGroup var order: RolloutOrder

    func run() async throws {
        try await order.give(.rollback)
    }
}
