import ArgumentParser
import Fleet
import Foundation
import HubClient
import Text

struct GateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gate",
        abstract: "Judge hosts that another tool changed by a rollout's gate.",
        discussion: HelpSections(
            examples: """
                martlet gate web --changed web01                    its bake's time
                martlet gate web --changed 'host=web01*' --for 10m
                kamal deploy -h web01 && martlet gate web --changed web01 || kamal rollback
                martlet gate web --changed web01 -o jsonl           each look
                """,
            exitStatus: """
                0   passed
                1   failed: take back what you deployed
                4   no verdict: too few requests, or data are missing; or ctrl-c
                64  a word of the command line is wrong, or the rollout has no gate
                69  the hub cannot be reached
                77  the hub's socket is not open to this user
                """,
            environment: HelpSections.folderEnvironment + "\n" + HelpSections.hubEnvironment,
            files: """
                rollouts.yaml    the gate of that name, its baseline, min_requests,
                                 gate_fails_after and no_verdict
                """
        ).discussion(
            """
            Looks every 10 seconds at the time since it was started. gate_fails_after failed looks in a row fail it at once; \
            else the last look decides, which is of the whole time. The baseline is the rest of the rollout's hosts. What \
            has no verdict ends with 4, where no_verdict is `proceed` with 0, where it is `rollback` with 1. Starts and \
            changes nothing.
            """))

    @Argument(help: ArgumentHelp("The rollout's name in rollouts.yaml.", valueName: "name"))
    var name: String

    @Option(help: ArgumentHelp("Which hosts were changed.", valueName: "selector"))
    var changed: String

    @Option(
        name: .customLong("for"),
        help: ArgumentHelp("How long it looks (default: the rollout's bake).", valueName: "duration"))
    var time: String?

    @OptionGroup var options: RolloutOptions

    func validate() throws {
        try options.refuseCSV()
        if let time { _ = try RolloutCall.duration(time, "--for") }
        do throws(QueryError) {
            _ = try Selector(changed)
        } catch {
            throw ValidationError("--changed `\(changed)`, \(error)")
        }
    }

    func run() async throws {
        try await RolloutCall.catching("gate", status: Self.status(of:)) {
            let client = try await RolloutCall.client(options.hub)
            let definition = try await RolloutCall.definition(name, client)
            let span =
                try time.map { try RolloutCall.duration($0, "--for") }
                ?? .milliseconds(definition?.bake ?? 600_000)
            let signals = WaitingSignals()
            defer { signals.end() }
            let end = try await withThrowingTaskGroup(of: GateJudging.End?.self) { tasks in
                tasks.addTask { try await judge(client, for: span) }
                tasks.addTask { await signals.first().map { _ in .none } }
                defer { tasks.cancelAll() }
                while let end = try await tasks.next() {
                    if let end { return end }
                }
                return GateJudging.End.none
            }
            let status = Self.status(of: end, definition?.noVerdict ?? .hold)
            if status != 0 { throw ExitCode(status) }
        }
    }

    private static let lookSeconds = 10

    private func judge(_ client: HubClient, for span: Duration) async throws -> GateJudging.End {
        let since = RolloutCall.now()
        let clock = ContinuousClock()
        let deadline = clock.now + span
        var judging = GateJudging()
        while true {
            let next = clock.now + .seconds(Self.lookSeconds)
            try await clock.sleep(until: clock.now < deadline ? min(next, deadline) : next)
            let answer = try await client.gate(GateRequest(name: name, changed: changed, since: since))
            let end = judging.take(answer, isLast: clock.now >= deadline)
            print(try Self.text(of: answer, judging, options.output, at: RolloutCall.now()), terminator: "")
            fflush(nil)
            if let end { return end }
        }
    }

    static func text(
        of answer: GateAnswer, _ judging: GateJudging, _ format: ListFormat, at now: Int64
    ) throws -> String {
        guard format == .table else { return try ListText.json(answer) + "\n" }
        let count = answer.verdict == .failed ? " (\(judging.failed) of \(answer.failsAfter))" : ""
        return SafeText(
            "\(RolloutText.clock(now))  gate \(RolloutText.verdict(answer.verdict))\(count): \(answer.evidence)"
        ).string + "\n"
    }

    /// Nothing that the hub refuses here may be taken for a gate that failed.
    static func status(of error: any Error) -> ExitCode {
        switch error {
        case HubClientError.refused(status: 409, _), HubClientError.refused(status: 422, _): ExitStatus.usage
        default: RolloutCall.status(of: error)
        }
    }

    /// As a rollout would end by the same verdict (docs/rollouts-yaml.md).
    static func status(of end: GateJudging.End, _ policy: RolloutDefinition.VerdictPolicy) -> Int32 {
        switch (end, policy) {
        case (.passed, _), (.none, .proceed): 0
        case (.failed, _), (.none, .rollback): 1
        case (.none, .hold): 4
        }
    }
}

/// Looks at a gate, one after another, until they have a verdict.
struct GateJudging {
    /// What the gate came to in its time.
    enum End: Hashable {
        case passed
        case failed
        case none
    }

    /// Failed looks in a row.
    private(set) var failed = 0

    /// What it comes to with this look; nil where it goes on. A last look that failed, but not often enough in a row, is no end.
    mutating func take(_ answer: GateAnswer, isLast: Bool) -> End? {
        switch answer.verdict {
        case .failed: failed += 1
        case .passed: failed = 0
        // As in a rollout: a look that saw nothing takes nothing back.
        case .none: break
        }
        if failed >= max(1, answer.failsAfter) { return .failed }
        guard isLast else { return nil }
        return switch answer.verdict {
        case .passed: .passed
        case .none: End.none
        case .failed: nil
        }
    }
}
