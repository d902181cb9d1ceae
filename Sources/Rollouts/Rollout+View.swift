package import Fleet

extension Rollout {
    /// As the API tells it, without its log and its end's time, which the machine does not keep.
    package var view: RolloutView {
        var view = RolloutView(
            id: plan.id, name: plan.definition.name, about: plan.definition.about,
            action: plan.definition.action, parameters: plan.parameters, actor: plan.actor,
            reason: plan.reason, createdAt: plan.createdAt, state: .running, batches: plan.batches)
        (view.state, view.text) = standing
        if case .baking(_, let until) = state { view.bakesUntil = until }
        if case .held(_, _, let since) = state, isHeld, pause == nil {
            view.heldUntil = since.addingReportingOverflow(plan.definition.holdFor).partialValue
        }
        view.batch = presentBatch
        view.failedLooks = failedVerdicts
        view.failsAfter = plan.definition.gateFailsAfter
        view.gate = plan.definition.gate
        view.undoes = plan.undoes
        view.from = Set(plan.versionsBefore.values).sorted()
        if plan.definition.health?.version != nil {
            view.fromUnknown = plan.hosts.filter { plan.versionsBefore[$0] == nil }
        }
        switch verdict {
        case .passed(let evidence), .failed(let evidence): view.evidence = evidence
        case .none(let reason)?: view.evidence = reason
        case nil: break
        }
        let orders = lastOrders
        for (batch, names) in plan.batches.enumerated() {
            for name in names {
                guard let host = hosts[name] else { continue }
                view.hosts.append(
                    RolloutView.Host(
                        name: name, batch: batch, step: host.step.rawValue, since: host.since,
                        reason: host.reason, isTouched: host.isTouched, order: orders[name] ?? ""))
            }
        }
        return view
    }

    private var standing: (RolloutView.State, String) {
        if let pause, !state.isFinal {
            return (.paused, Self.words("by \(pause.actor)", pause.reason))
        }
        switch state {
        case .running: return (.running, endingWords)
        case .baking: return (.baking, endingWords)
        case .held where !isHeld: return (.held, endingWords)
        case .held(.noVerdict(let reason), _, _): return (.held, "the gate has no verdict: \(reason)")
        case .held(.unknownHosts(let names), _, _):
            return (
                .held,
                "nobody can tell what became of \(names.joined(separator: ", ")); resume counts as failed"
            )
        case .held(.approval, let batch, _): return (.held, "batch \(batch + 1) waits for approval")
        case .rollingBack(let reason): return (.rollingBack, reason)
        case .succeeded: return (.succeeded, "")
        case .rolledBack(let reason): return (.rolledBack, reason)
        case .mixed(let reason): return (.mixed, reason)
        case .halted(let reason): return (.halted, reason)
        case .aborted(let actor, let reason): return (.aborted, Self.words("by \(actor)", reason))
        }
    }

    /// What it waits for before it ends, or changes its way.
    private var endingWords: String {
        switch ending {
        case nil: ""
        case .rollBack(let reason): "to be rolled back: \(reason)"
        case .halt(let reason): "to be halted: \(reason)"
        case .abort(let actor, _): "to be aborted by \(actor)"
        case .hold: "to be held"
        }
    }

    private static func words(_ first: String, _ reason: String) -> String {
        reason.isEmpty ? first : "\(first): \(reason)"
    }
}
