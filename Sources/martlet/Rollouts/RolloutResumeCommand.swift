import ArgumentParser
import Fleet

struct RolloutResumeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Go on after a pause, or answer a hold with yes.",
        discussion: HelpSections(
            examples: """
                martlet rollout resume web
                martlet rollout resume 4f19 --as anna
                """,
            exitStatus: RolloutOrder.exitStatus, environment: RolloutCommand.environment,
            files: RolloutOrder.files
        ).discussion(
            """
            A pause ends first. Of a hold it means: go on without the gate's verdict, approved, or count the unknown hosts \
            as failed; they are never started again.
            """))

    @OptionGroup var order: RolloutOrder

    func run() async throws {
        try await order.give(.resume)
    }
}
