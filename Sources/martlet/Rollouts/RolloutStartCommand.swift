import ArgumentParser
import Fleet
import Foundation
import Glibc
import HubClient

struct RolloutStartCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "start",
        abstract: "Start a rollout; prints its id as the first line.",
        discussion: HelpSections(
            examples: """
                martlet rollout start web --version 4.12.1              asks first
                martlet rollout start web --version 4.12.1 -y --wait
                martlet rollout start web --version 4.12.1 -y --wait --timeout 30m
                martlet rollout start web --version 4.12.1 -y --lock-wait 10m
                martlet rollout start web --version 4.12.1 --override 'outage 812'
                ssh jump1 martlet rollout start web --version 4.12.1 -y --wait -o jsonl
                """,
            exitStatus: RolloutCommand.exitStatus, environment: RolloutCommand.environment,
            files: """
                rollouts.yaml    what may be started; docs/rollouts-yaml.md
                $XDG_STATE_HOME/martlet/audit.jsonl
                                 who started it, why, and why outside its window
                """
        ).discussion(
            """
            In a terminal it shows the plan and asks; elsewhere -y confirms it, and --confirm where an action of it is \
            of danger `destroy`, or a host is protected: the host's name, or for several hosts the rollout's name and \
            their number. The Deploys screen of martlet does the same by its key s. When it has printed the id, the hub goes on without it: ctrl-c ends only the waiting.
            """))

    @OptionGroup var words: RolloutWords
    @OptionGroup var options: RolloutOptions

    @Option(help: ArgumentHelp("Why, for those who look later.", valueName: "text"))
    var reason = ""

    @OptionGroup var waiting: RolloutWaiting

    @Option(
        help: ArgumentHelp(
            "Wait this long for another rollout to give the lock back.", valueName: "duration"))
    var lockWait: String?

    @Option(
        name: .customLong("override"),
        help: ArgumentHelp("Start outside of its window; the reason is in the audit.", valueName: "reason"))
    var override: String?

    @Flag(name: [.customShort("y"), .long], help: "Confirms it, up to actions of danger service.")
    var yes = false

    @Option(help: ArgumentHelp("Confirms it, whatever its danger.", valueName: "name"))
    var confirm: String?

    @Option(
        name: .customLong("as"), help: ArgumentHelp("Who does this, for shared accounts.", valueName: "name"))
    var actor: String?

    func validate() throws {
        try options.refuseCSV()
        if let lockWait { _ = try RolloutCall.duration(lockWait, "--lock-wait") }
        if let override, override.allSatisfy(\.isWhitespace) {
            throw ValidationError("--override: write the reason, which the audit keeps")
        }
    }

    func run() async throws {
        try await RolloutCall.catching("rollout start") {
            let request = RolloutRequest(
                name: words.name, parameters: try words.parameters(), by: AlertCall.actor(named: actor),
                reason: reason, override: override)
            let client = try await RolloutCall.client(options.hub)
            try confirm(try await RolloutProspect(request, client))
            let started = try await RolloutLock(client: client, name: words.name).start(
                request, waiting: try lockWait.map { try RolloutCall.duration($0, "--lock-wait") })
            try await waiting.follow(started, client, options)
        }
    }

    private func confirm(_ prospect: RolloutProspect) throws {
        let rollout = prospect.forecast.rollout
        let question = ActionConfirmation(
            action: "rollout \(rollout.title)", danger: prospect.danger,
            hosts: rollout.batches.flatMap { $0 }, selector: rollout.name)
        if question.asks(yes: yes, confirm: confirm), isatty(0) == 1, isatty(2) == 1 {
            FileHandle.standardError.write(Data(RolloutText.plan(prospect).utf8))
        }
        try question.require(yes: yes, confirm: confirm)
    }
}

/// The lock of a rollout, which another one may have.
struct RolloutLock {
    let client: HubClient
    let name: String

    private static let retrySeconds = 1

    /// Starts it, and where it is locked tries again until `waiting` is over; a closed window is not waited for.
    func start(_ request: RolloutRequest, waiting: Duration?) async throws -> RolloutView {
        let deadline = waiting.map { ContinuousClock.now + $0 }
        var isTold = false
        var wasFree = false
        while true {
            do {
                return try await client.start(request)
            } catch {
                guard RolloutCall.isLater(error) else { throw error }
                guard let deadline, ContinuousClock.now < deadline else {
                    if let holder = try? await holder() { throw refusal(error, holder) }
                    throw error
                }
                let holder = try await holder()
                // It may have ended between both questions; the second time it was not the lock.
                if holder == nil, wasFree { throw error }
                wasFree = holder == nil
                if let holder, !isTold {
                    isTold = true
                    ActionFailure.complain(
                        "rollout start",
                        "waits for \(holder.title), \(RolloutText.state(holder)): \(holder.id)")
                }
                if holder != nil { try await Task.sleep(for: .seconds(Self.retrySeconds)) }
            }
        }
    }

    /// Says what can be done about the lock.
    private func refusal(_ error: any Error, _ holder: RolloutView) -> ExitCode {
        ActionFailure.complain(
            "rollout start",
            "\(error); wait for it: --lock-wait 10m, or look: martlet rollout status \(holder.id)")
        return ExitStatus.later
    }

    /// The rollout that goes on under the same lock.
    private func holder() async throws -> RolloutView? {
        let definitions = try await client.configuration().rollouts ?? []
        func lock(_ name: String) -> String { definitions.first { $0.name == name }?.lock ?? name }
        let mine = lock(name)
        return try await client.rollouts().first { !$0.state.isFinal && lock($0.name) == mine }
    }
}
