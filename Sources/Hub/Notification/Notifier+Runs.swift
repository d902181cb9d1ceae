import Fleet
import Glibc
import Logging
import Telemetry

/// The runs of hooks: begun, ended, taken up again by the next hub, and tried by hand.
extension Notifier {
    /// Starts whatever may begin. The journal has an attempt before it begins, or the hook is told that it has not.
    func pump() async {
        guard hasBegun else { return }
        while let (run, changes) = outbox.next(
            at: clock.steadyMilliseconds(), wall: clock.now(), isSilenced: isSilenced)
        {
            var run = run
            do {
                try await write(changes.flatMap(AlertStore.change))
            } catch {
                // Paging goes before bookkeeping.
                run?.isJournaled = false
                if let run { outbox.isUnjournaled(run.number) }
            }
            if let run { begin(run) }
        }
    }

    private func begin(_ run: HookRun) {
        guard let hook = outbox.hooks[run.hook] else {
            Task {
                await finish(
                    run, HookResult(outcome: .notStarted(reason: "the hook is not defined any more")))
            }
            return
        }
        let facts = HookFacts(run, hubHost: hubHost)
        let request = HookRequest(
            command: hook.request, secret: hook.secret, timeoutMilliseconds: hook.timeout.milliseconds,
            facts: facts.environment, input: facts.input, folder: setup.folder, note: notePath(run))
        // Not a child of whoever delivers: a hub that ends leaves the hook to its supervisor and reads the note later.
        Task { await finish(run, await runner.run(request)) }
    }

    private func notePath(_ run: HookRun) -> String { "\(notes)/\(run.number)" }

    private func finish(_ run: HookRun, _ result: HookResult) async {
        let (ending, changes) = outbox.finish(
            run.number, result.outcome, at: clock.steadyMilliseconds(), wall: clock.now())
        guard ending != .unknown else { return }
        finishing += 1
        defer { finishing -= 1 }
        let report = report(of: run, result, ending)
        try? await write(changes.flatMap(AlertStore.change) + [AlertStore.report(report)])
        if ending == .ended { unlink(notePath(run)) }
        remember(report)
        if result.outcome != .done {
            logger.warning(
                "a hook did not do its work",
                metadata: [
                    "hook.name": "\(run.hook)", "hook.outcome": "\(result.outcome.text)",
                    "hook.attempt": "\(run.attempt)", "hook.output": "\(result.output)",
                ])
        }
        await pump()
        changed()
    }

    private func report(of run: HookRun, _ result: HookResult, _ ending: OutboxEnding) -> HookReport {
        var report = HookReport(
            hook: run.hook, run: run.number, status: run.status, attempt: run.attempt,
            alerts: run.notices.map(\.alert.id), name: run.worst?.alert.name ?? "",
            at: result.started ?? clock.now(), isDone: result.outcome == .done, outcome: result.outcome.text,
            output: result.output)
        if case .again(let wait) = ending { report.againAt = clock.now().advanced(byMilliseconds: wait) }
        return report
    }

    /// A run that was under way when the hub before this one ended: it runs still, has left a note, or is lost.
    func resume(_ run: HookRun) {
        Task {
            while true {
                switch HookNote.read(notePath(run), program: run.hook) {
                case .running:
                    do {
                        try await Task.sleep(for: .milliseconds(Self.resumeMilliseconds))
                    } catch {
                        return
                    }
                case .ended(let outcome): return await finish(run, HookResult(outcome: outcome))
                case .lost:
                    outbox.repeatAfterCrash(run.number, at: clock.steadyMilliseconds())
                    return await pump()
                }
            }
        }
    }

    private static let resumeMilliseconds = 100

    /// Runs a hook at once, outside of any order, and waits for it: `martlet alerts test`.
    func test(_ hook: HookDefinition, _ alert: Alert) async -> HookReport {
        let run = HookRun(
            number: 0, hook: hook.name,
            notices: [HookNotice(number: 0, hook: hook.name, moment: .firing, alert: alert)], attempt: 1,
            triedMilliseconds: 0, isJournaled: true)
        let facts = HookFacts(run, hubHost: hubHost, isTest: true)
        let result = await runner.run(
            HookRequest(
                command: hook.request, secret: hook.secret, timeoutMilliseconds: hook.timeout.milliseconds,
                facts: facts.environment, input: facts.input, folder: setup.folder))
        var report = report(of: run, result, .ended)
        report.status = "test"
        return report
    }
}

extension HookDefinition {
    var request: HookRequest.Command {
        switch command {
        case .run(let words): .argv(words)
        case .shell(let line): .shell(line)
        }
    }
}
