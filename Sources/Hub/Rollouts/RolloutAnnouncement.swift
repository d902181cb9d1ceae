import Fleet
import Rollouts
import Telemetry

/// What others are yet to be told of a rollout: a mark on the charts for each batch and the way back, and the hooks of `notify`
/// for its start, what waits for a person, and its end.
struct RolloutAnnouncement {
    let mark: Mark?
    let markedBatches: Int
    let marksWayBack: Bool
    let notice: AlertTransition?
    let state: RolloutView.State
    let heldSince: Int64?

    init(_ record: RolloutRecord, at now: Timestamp) {
        let rollout = record.rollout
        let view = rollout.view
        state = view.state
        heldSince = record.heldSince
        let begun = rollout.presentBatch.map { $0 + 1 } ?? 0
        markedBatches = begun
        if case .rollingBack = rollout.state {
            marksWayBack = !record.isWayBackMarked
        } else {
            marksWayBack = false
        }
        mark = Self.mark(record, view, begun: begun, marksWayBack: marksWayBack, at: now)
        notice = Self.notice(record, view, at: now)
    }

    private static func mark(
        _ record: RolloutRecord, _ view: RolloutView, begun: Int, marksWayBack: Bool,
        at now: Timestamp
    ) -> Mark? {
        let plan = record.rollout.plan
        if marksWayBack {
            return Mark(
                at: now, kind: .deploy, title: HubRoutes.title("\(view.title) rolled back"),
                hosts: capped(record.rollout.changedHosts), actor: plan.actor, link: plan.id)
        }
        guard begun > record.markedBatches, plan.batches.indices.contains(begun - 1) else { return nil }
        let count = plan.batches.count
        let name = plan.undoes == nil ? view.title : "\(view.name) rolled back"
        let title = count == 1 ? name : "\(name), batch \(begun) of \(count)"
        return Mark(
            at: now, kind: .deploy, title: HubRoutes.title(title), hosts: capped(plan.batches[begun - 1]),
            actor: plan.actor, link: plan.id)
    }

    private static func capped(_ hosts: [String]) -> [String] { Array(hosts.prefix(MarkBook.hostsMax)) }

    // MARK: Hooks

    private static func notice(
        _ record: RolloutRecord, _ view: RolloutView, at now: Timestamp
    ) -> AlertTransition? {
        let plan = record.rollout.plan
        guard !plan.definition.notify.isEmpty, isTold(view.state, record) else { return nil }
        let isEnd = [.succeeded, .rolledBack, .aborted].contains(view.state)
        let words = view.text.isEmpty ? view.state.words : "\(view.state.words): \(view.text)"
        var alert = Alert(
            id: plan.id, key: AlertKey("Rollout", ["id": plan.id, "rollout": plan.definition.name]),
            labels: ["state": view.state.rawValue], severity: severity(view.state),
            state: isEnd ? .resolved : .firing, since: Timestamp(milliseconds: plan.createdAt),
            firedAt: Timestamp(milliseconds: plan.createdAt), resolvedAt: isEnd ? now : nil,
            valueText: view.state.words, summary: "\(view.title): \(record.told == nil ? "started" : words)")
        alert.hooks = plan.definition.notify
        alert.wasNotified = true
        // Far from the numbers of alerts' transitions, rising, and the same however often it is tried.
        let number = Int64(clamping: record.fence) << 20 + Int64(record.number)
        return AlertTransition(
            number: number, kind: isEnd ? .resolved : .firing, at: now, alert: alert, isNotice: true
        )
    }

    private static func isTold(_ state: RolloutView.State, _ record: RolloutRecord) -> Bool {
        switch state {
        case .held: return record.told != state || record.toldHold != record.heldSince
        case .rollingBack, .succeeded, .rolledBack, .mixed, .halted, .aborted: return record.told != state
        case .running, .baking: return record.told == nil
        // Whoever pauses one knows; a hub that does it tells.
        case .paused:
            guard record.rollout.pause?.actor == Pause.hubRestart else { return false }
            return record.told != state || record.toldHold != record.heldSince
        }
    }

    private static func severity(_ state: RolloutView.State) -> Severity {
        switch state {
        case .running, .baking, .succeeded, .aborted: .info
        case .held, .paused, .rollingBack, .rolledBack: .warning
        case .mixed, .halted: .critical
        }
    }
}
