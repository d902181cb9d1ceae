import Fleet
import Logging
import Telemetry

/// The sign of life for an outside dead man's switch.
extension Notifier {
    /// Evaluates all rules; where that went through the watcher is alive.
    package func evaluate(_ core: HubCore) async {
        if await core.evaluate() { evaluationWentThrough() }
    }

    /// Beats, where it is time to and no beat runs still.
    package func evaluationWentThrough() {
        guard setup.runsHooks, let heartbeat = setup.settings.heartbeat, !isHeartbeatRunning else { return }
        let now = clock.steadyMilliseconds()
        guard now - (heartbeatAt ?? Int64.min / 2) >= heartbeat.every.milliseconds else { return }
        heartbeatAt = now
        isHeartbeatRunning = true
        let request = HookRequest(
            command: HookDefinition(name: "heartbeat", command: heartbeat.command).request,
            timeoutMilliseconds: heartbeat.timeout.milliseconds,
            facts: HookFacts.alive(at: clock.now()),
            folder: setup.folder)
        Task { finishHeartbeat(await runner.run(request)) }
    }

    private func finishHeartbeat(_ result: HookResult) {
        isHeartbeatRunning = false
        guard result.outcome != .done else { return }
        logger.warning(
            "the heartbeat failed",
            metadata: ["hook.outcome": "\(result.outcome.text)", "hook.output": "\(result.output)"])
    }
}
