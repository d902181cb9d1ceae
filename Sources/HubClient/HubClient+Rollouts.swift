package import Fleet
import Foundation
import NIOHTTP1
import Telemetry

/// Calls about rollouts.
///
/// What the hub refuses comes as ``HubClientError/refused(status:message:)``: 404 for a name that is not known, 400 for what is
/// wrong with the request, 422 for hosts that cannot do it, 423 where another rollout holds the lock or the window is closed,
/// 409 where a rollout's state does not allow what is asked.
extension HubClient {
    /// What it would do, and what stands in the way; nothing is started.
    package func plan(_ request: RolloutRequest) async throws -> RolloutForecast {
        try await post("/v1/rollouts/plan", request)
    }

    /// Starts it; it is journaled and goes on without the caller when this returns.
    package func start(_ request: RolloutRequest) async throws -> RolloutView {
        try await post("/v1/rollouts", request)
    }

    /// Pause, resume, abort or rollback; the rollout as it stands at once, which for the rollback of one that has ended is a new one.
    package func order(_ request: RolloutOrderRequest) async throws -> RolloutView {
        try await post("/v1/rollouts/order", request)
    }

    /// Those that go on and the last ones that ended, oldest first.
    package func rollouts() async throws -> [RolloutView] {
        try await get("/v1/rollouts")
    }

    /// The same, at first and at each change; one that has ended comes over the socket once.
    package func liveRollouts(_ take: @Sendable ([RolloutView]) async -> Void) async throws {
        var events = EventLines()
        var listener = RolloutListener()
        try await request(.GET, "/v1/rollouts/live", body: nil) { bytes in
            for data in events.data(in: bytes) {
                guard let tellings = try? JSONDecoder().decode([RolloutTelling].self, from: data) else {
                    continue
                }
                // Who connects again is told everything.
                guard let rollouts = listener.list(tellings) else {
                    throw HubClientError.closed(socketPath)
                }
                await take(rollouts)
            }
        }
    }

    /// What a rollout's gate says of hosts that another tool changed.
    package func gate(_ request: GateRequest) async throws -> GateAnswer {
        try await post("/v1/gate", request)
    }
}
