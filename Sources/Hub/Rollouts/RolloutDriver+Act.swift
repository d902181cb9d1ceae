import Archive
import Fleet
import Logging
import Rollouts
import Telemetry

/// What a rollout has done: orders to hosts, marks on the charts, and what hooks are told.
extension RolloutDriver {
    /// Does what the journaled state wants; nothing where the journal has not all of it.
    func act(_ id: String) async {
        guard let track = tracks[id], pending.isEmpty, !isWriting else { return }
        // Of one that is over only its end is yet to be told.
        guard !track.record.isOver || !track.record.isEndTold else { return }
        await announce(id)
        let wanted = track.goesSince == nil ? [] : track.orders
        let runs = await dispatch.runs(wanted.map(\.id))
        var due: [WantedOrder] = []
        for (order, run) in zip(wanted, runs) where run == nil {
            let isReady = await dispatch.isReady(HostID(order.host))
            // One that is away for a moment comes back; for good it has failed.
            if isReady || track.isPatienceOver(order.host, steady: clock.steadyMilliseconds()) {
                due.append(order)
            }
        }
        guard !due.isEmpty, !isWriting, tracks[id]?.record.number == track.record.number else { return }
        let plan = track.record.rollout.plan
        do throws(DispatchError) {
            try await dispatch.order(
                due, actor: ["rollout": plan.id, "user": plan.actor], fence: track.record.fence)
            orderTrouble = nil
        } catch {
            if orderTrouble == nil {
                logger.error("a rollout cannot order", metadata: ["hub.reason": "\(error)"])
            }
            orderTrouble = error.description
        }
    }

    // MARK: What others are told

    /// Marks on the charts and hooks, each at least once: what was told is in the journal with the next write.
    private func announce(_ id: String) async {
        guard var record = tracks[id]?.record else { return }
        let said = RolloutAnnouncement(record, at: clock.now())
        if let mark = said.mark, (try? await marks.add(mark)) != nil {
            record = tracks[id]?.record ?? record
            record.markedBatches = max(record.markedBatches, said.markedBatches)
            record.isWayBackMarked = record.isWayBackMarked || said.marksWayBack
            keep(record)
        }
        record = tracks[id]?.record ?? record
        guard let notice = said.notice else { return }
        do throws(JournalError) {
            try await notifier.tell(notice)
            record = tracks[id]?.record ?? record
            (record.told, record.toldHold) = (said.state, said.heldSince ?? record.toldHold)
            keep(record)
        } catch {
            // Tried again with the next step.
        }
    }

    func keep(_ record: RolloutRecord) {
        tracks[record.id]?.record = record
        pending.append(RolloutBook.document(record))
    }
}
