import ArgumentParser
import Fleet
import Foundation
import HubClient

struct RolloutStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Print where rollouts stand, or one of them host by host.",
        discussion: HelpSections(
            examples: """
                martlet rollout status             those that go on, and the last ones
                martlet rollout status web         the newest of that name
                martlet rollout status 4f19 -o json
                martlet rollout status web -f      and what happens then
                """,
            exitStatus: """
                0   printed, whatever it says
                64  a word of the command line is wrong, or means no rollout
                69  no hub can be reached
                77  the hub's socket is not open to this user
                """,
            environment: HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion("Of one that waits for a person it says the commands that answer it."))

    @Argument(help: ArgumentHelp("Its id, how that begins, or its name; none for all.", valueName: "rollout"))
    var rollout: String?

    @Flag(name: [.short, .long], help: "Stay, and print what happens until it ends.")
    var follow = false

    @OptionGroup var options: RolloutOptions

    func validate() throws {
        guard follow else { return }
        try options.refuseCSV()
        guard rollout != nil else { throw ValidationError("-f follows one rollout: name it") }
    }

    func run() async throws {
        try await RolloutCall.catching("rollout status") {
            let client = try await RolloutCall.client(options.hub)
            let rollouts = try await client.rollouts()
            guard let rollout else {
                return print(try Self.text(rollouts, options.output), terminator: "")
            }
            let found = try RolloutCall.rollout(rollout, among: rollouts)
            print(try Self.text(of: found, options.output, at: RolloutCall.now()), terminator: "")
            fflush(nil)
            guard follow, !found.state.isFinal else { return }
            try await RolloutFollow(started: found, isPrinted: true, client: client, format: options.output)
                .end(timeout: nil, tells: false)
        }
    }

    /// A row a rollout, those that go on last.
    static func text(_ rollouts: [RolloutView], _ format: ListFormat) throws -> String {
        guard format != .table || !rollouts.isEmpty else {
            return "no rollout was started here; martlet rollout list says which may be\n"
        }
        let rows = rollouts.map { rollout in
            [
                rollout.id, rollout.title, RolloutText.state(rollout), done(rollout),
                RolloutText.time(rollout.createdAt), rollout.actor, because(rollout),
            ]
        }
        return try ListText.text(
            [
                ListColumn("id", .whole), "rollout", "state", ListColumn("hosts", .whole),
                ListColumn("started", .time), "by", "because",
            ], rows, rollouts, format)
    }

    private static func because(_ rollout: RolloutView) -> String {
        // That it is taken back is its state.
        let back = rollout.takenBack.map { $0.sentence($0.id, clock: RolloutText.time) }
        let words = ([back] + [rollout.text]).compactMap(\.self).filter { !$0.isEmpty }
        return words.isEmpty ? "-" : words.joined(separator: "; ")
    }

    /// `2 of 5`: hosts that are changed, of all.
    private static func done(_ rollout: RolloutView) -> String {
        "\(rollout.hosts.count { $0.isTouched && $0.step != "undone" }) of \(rollout.hosts.count)"
    }

    static func text(of rollout: RolloutView, _ format: ListFormat, at now: Int64) throws -> String {
        switch format {
        case .table: RolloutText.standing(rollout, at: now)
        case .csv:
            try ListText.text(
                ["batch", "host", "step", "for", "note"], RolloutText.rows(rollout, at: now), [rollout], .csv)
        case .json, .jsonl: try ListText.json(rollout) + "\n"
        }
    }
}
