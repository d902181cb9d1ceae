import Dashboard
import Fleet
import HubClient

/// What the screen says to rollouts, the lists of them that it follows, and the order that it looks at.
extension HubFeed {
    /// The rollouts, at first and at each change; of a hub that knows none there is no list.
    func followRollouts(_ client: HubClient) async throws {
        do {
            try await client.liveRollouts { self.push(rollouts: .list($0)) }
        } catch HubClientError.refused {
            return learnThatThereAreNo(.rollouts)
        }
        throw HubClientError.closed(client.socketPath)
    }

    /// Says it in the name of whoever sits here, and tells what the hub made of it.
    func say(_ request: RolloutOrderRequest) {
        Task {
            do {
                var said = request
                said.by = AlertCall.actor(named: nil)
                push(rollouts: .done(request, try await hub.connect().order(said)))
            } catch HubClientError.refused(_, let reason) {
                push(rollouts: .refused(request, reason: reason))
            } catch {
                push(rollouts: .refused(request, reason: "\(error)"))
            }
        }
    }

    /// Asks what a start needs to know, or starts one in the name of whoever sits here.
    func ask(_ question: StartQuestion) {
        Task {
            do {
                push(rollouts: .start(try await answer(question, try await hub.connect())))
            } catch HubClientError.refused(_, let reason) {
                push(rollouts: .start(.refused(question, reason: reason)))
            } catch {
                push(rollouts: .start(.refused(question, reason: "\(error)")))
            }
        }
    }

    private func answer(_ question: StartQuestion, _ client: HubClient) async throws -> StartNews {
        func mine(_ request: RolloutRequest) -> RolloutRequest {
            var mine = request
            mine.by = AlertCall.actor(named: nil)
            return mine
        }
        switch question {
        case .definitions: return .definitions(try await client.configuration().rollouts ?? [])
        case .plan(let request):
            return .planned(request, try await RolloutProspect(mine(request), client))
        case .start(let request): return .started(request, try await client.start(mine(request)))
        }
    }

    /// Tells what an order says, from its beginning, instead of the one before; again where the hub was lost meanwhile.
    func follow(order: String?) {
        replaceOrderTask(
            order.map { order in
                Task {
                    while !Task.isCancelled {
                        do {
                            let client = try await hub.connect()
                            push(rollouts: .outputBegins(order: order))
                            return try await client.follow(orders: [order]) {
                                self.push(rollouts: .output(order: order, [$0]))
                            }
                        } catch is CancellationError {
                            return
                        } catch HubClientError.refused(_, let reason) {
                            return push(rollouts: .outputFailed(order: order, reason: reason))
                        } catch {
                            push(rollouts: .outputFailed(order: order, reason: "\(error)"))
                        }
                        try? await Task.sleep(for: .seconds(1))
                    }
                }
            })
    }
}
