import ArgumentParser
import Fleet
import HubClient

struct RolloutListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "Print what rollouts.yaml lets people start.",
        discussion: HelpSections(
            examples: """
                martlet rollout list
                martlet rollout list -o jsonl
                """,
            exitStatus: """
                0   printed, whatever the list says
                64  a word of the command line is wrong
                69  no hub can be reached
                77  the hub's socket is not open to this user
                """,
            environment: HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: """
                rollouts.yaml    what may be started; docs/rollouts-yaml.md
                """
        ).discussion(
            "As the hub has taken it over; under LAST stands how the newest one of each name stands."))

    @OptionGroup var options: RolloutOptions

    func run() async throws {
        try await RolloutCall.catching("rollout list") {
            let client = try await RolloutCall.client(options.hub)
            let configuration = try await client.configuration()
            let rollouts = try await client.rollouts()
            print(
                try Self.text(configuration.rollouts ?? [], rollouts, options.output), terminator: "")
        }
    }

    static func text(
        _ definitions: [RolloutDefinition], _ rollouts: [RolloutView], _ format: ListFormat
    ) throws -> String {
        let rows = definitions.map { definition -> [String] in
            let last = rollouts.last { $0.name == definition.name }
            return [
                definition.name, definition.hosts, definition.action,
                definition.parameters.map(words).joined(separator: ", "),
                definition.batches.map(\.description).joined(separator: ", "), definition.lock,
                last.map(words) ?? "-", definition.about,
            ]
        }
        return try ListText.text(
            ["rollout", "where", "action", "params", "batches", "lock", "last", "about"], rows, definitions,
            format)
    }

    /// `version`, and `mode=safe` where there is a default.
    private static func words(_ parameter: RolloutDefinition.Parameter) -> String {
        parameter.initial.map { "\(parameter.name)=\($0)" } ?? parameter.name
    }

    /// `4.12.1 succeeded`.
    private static func words(_ rollout: RolloutView) -> String {
        let what = rollout.undoes.map { "undoes \(RolloutView.short($0))" } ?? rollout.version
        return what.isEmpty ? rollout.standing : "\(what) \(rollout.standing)"
    }
}
