import Fleet
import Hummingbird
import Synchronization

/// Rollouts: what rollouts.yaml describes, planned, started and told what people want; and gates by themselves.
struct RolloutRoutes: Sendable {
    let driver: RolloutDriver?
    let tell:
        @Sendable (
            LatestFeed<[RolloutView]>, @escaping @Sendable ([RolloutView]) -> [RolloutTelling], Request
        ) ->
            Response

    var table: [HubRoute] {
        [
            HubRoute(method: .get, path: "/v1/rollouts", scope: .read) { _, _ in
                try HubRoutes.json(await driven().views())
            },
            HubRoute(method: .get, path: "/v1/rollouts/live", scope: .read) { request, _ in
                let teller = Mutex(RolloutTeller())
                return tell(
                    await (try driven()).feed(), { list in teller.withLock { $0.telling(list) } }, request)
            },
            HubRoute(method: .post, path: "/v1/rollouts/plan", scope: .read) { request, context in
                try await answer(request, context) {
                    (driver, body: RolloutRequest, actor) throws(RolloutError) in
                    try await driver.forecast(body, actor: actor)
                }
            },
            HubRoute(method: .post, path: "/v1/rollouts", scope: .write) { request, context in
                try await answer(request, context) {
                    (driver, body: RolloutRequest, actor) throws(RolloutError) in
                    try await driver.start(body, actor: actor)
                }
            },
            HubRoute(method: .post, path: "/v1/rollouts/order", scope: .write) { request, context in
                try await answer(request, context) {
                    (driver, body: RolloutOrderRequest, actor) throws(RolloutError) in
                    try await driver.order(body, actor: actor)
                }
            },
            HubRoute(method: .post, path: "/v1/gate", scope: .read) { request, _ in
                let body: GateRequest = try await HubRoutes.body(request)
                return try await answer { driver throws(RolloutError) in try await driver.gate(body) }
            },
        ]
    }

    private func driven() throws -> RolloutDriver {
        guard let driver else { throw HTTPError(.serviceUnavailable, message: "this hub starts no rollouts") }
        return driver
    }

    /// What somebody asks in their own name.
    private func answer<Body: AskedByName, Answer: Encodable>(
        _ request: Request, _ context: HubRequestContext,
        _ ask: (RolloutDriver, Body, [String: String]) async throws(RolloutError) -> Answer
    ) async throws -> Response {
        let body: Body = try await HubRoutes.body(request)
        let actor = try ActionRoutes.actor(context, name: body.by)
        return try await answer { driver throws(RolloutError) in try await ask(driver, body, actor) }
    }

    private func answer<Answer: Encodable>(
        _ ask: (RolloutDriver) async throws(RolloutError) -> Answer
    ) async throws -> Response {
        let driver = try driven()
        let answer: Answer
        do throws(RolloutError) {
            answer = try await ask(driver)
        } catch {
            throw HTTPError(Self.status(of: error), message: error.description)
        }
        return try HubRoutes.json(answer)
    }

    private static func status(of error: RolloutError) -> HTTPResponse.Status {
        switch error {
        case .unknownName, .unknownRollout: .notFound
        case .ambiguous, .parameter: .badRequest
        case .hosts: .unprocessableContent
        case .locked, .closed: .init(code: 423, reasonPhrase: "Locked")
        case .state: .conflict
        case .away, .journal: .serviceUnavailable
        }
    }
}

private protocol AskedByName: Decodable {
    /// Who asks, as they say.
    var by: String { get }
}

extension RolloutRequest: AskedByName {}
extension RolloutOrderRequest: AskedByName {}
