import Archive
import Fleet
import Foundation
import Hub
import HubSupport
import Logging
import TestSupport
import Testing

/// Operators-contract 3: "the watcher is alive", for an outside dead-man's switch.
@Suite struct `The heartbeat` {
    private let folder: TemporaryFolder
    private let times = MovableClock(wallMilliseconds: 1_893_553_445_000, steadyMilliseconds: 5_000_000)

    init() throws {
        folder = try TemporaryFolder()
    }

    private func notifier(_ line: String, runsHooks: Bool = true) throws -> Notifier {
        var settings = HookSettings()
        settings.heartbeat = HeartbeatDefinition(
            command: .shell(line), every: .seconds(60), timeout: .seconds(10))
        return Notifier(
            journal: try Journal(path: "\(folder.url.path)/journal.db"),
            notes: "\(folder.url.path)/hooks",
            setup: .init(settings: settings, folder: folder.url.path, runsHooks: runsHooks),
            hubHost: "jump1.example.net", clock: times.clock,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private var lines: [String] {
        let text = try? String(contentsOf: folder.url.appending(path: "out"), encoding: .utf8)
        return (text ?? "").split(separator: "\n").map(String.init)
    }

    /// So that the command is there for as long as the test looks for it.
    private static let waitsForGo = "while [ ! -e go ]; do sleep 0.02; done; rm go"

    private func go() throws { try Data().write(to: folder.url.appending(path: "go")) }

    @Test func `beats once in its time while evaluations go through, whether it succeeds or not`()
        async throws
    {
        let notifier = try notifier("echo beat >> out; \(Self.waitsForGo); exit 75")
        for beats in 1...3 {
            await notifier.evaluationWentThrough()
            #expect(await notifier.isHeartbeatRunning)
            // One that runs is waited for.
            await notifier.evaluationWentThrough()
            try go()
            #expect(await Eventually.comes { await !notifier.isHeartbeatRunning })
            #expect(lines.count == beats)
            times.pass(59_999)
            await notifier.evaluationWentThrough()
            #expect(await !notifier.isHeartbeatRunning)
            times.pass(1)
        }
    }

    @Test func `has a hook's variables, empty but for what it is and when`() async throws {
        let notifier = try notifier("env | grep ^MARTLET_ | sort > part; cat >> part; mv part out")
        await notifier.evaluationWentThrough()
        #expect(await Eventually.comes { !lines.isEmpty })
        #expect(
            lines.filter { !$0.hasSuffix("=") } == [
                "MARTLET_AT=2030-01-02T03:04:05Z", "MARTLET_STATUS=alive",
            ])
        #expect(lines.count == 18 && lines.contains("MARTLET_SUMMARY="))
    }

    @Test func `stands still where the hub runs no hooks`() async throws {
        let notifier = try notifier("true", runsHooks: false)
        await notifier.evaluationWentThrough()
        #expect(await !notifier.isHeartbeatRunning)
    }

    @Test func `waits for the first evaluation`() async throws {
        let notifier = try notifier(Self.waitsForGo)
        let core = HubCore(clock: times.clock)
        await notifier.evaluate(core)
        #expect(await !notifier.isHeartbeatRunning)
        await core.beginEvaluation(RuleBook.shipped, saved: SavedAlerts()) { _ in }
        await notifier.evaluate(core)
        #expect(await notifier.isHeartbeatRunning)
        try go()
    }
}
