import Telemetry
import Wire

/// Tails, their consumer and the recorder as one: offsets and counts are committed together, so that each line counts once.
package final class LogFollower {
    /// How much of the machine reading logs may take.
    package struct Options: Sendable {
        /// The most of one core that catching up may take, in percent; new lines are read as they come.
        package var catchUpPercent: UInt64 = 25
        /// Bytes a step; a step is at most ten times a second.
        package var stepBytes = 8 << 20
        package var commitMilliseconds: UInt64 = 1000

        package init() {}
    }

    package let tails: TailSet
    package let recorder: Recorder
    private let consumer: any LineConsumer
    var catchUpPercent: UInt64 { options.catchUpPercent }
    private let options: Options
    /// Called once a second, behind the commit; whether more waits to be read.
    var told: ((TickTime, Bool) -> Void)?
    private var hadMore = false
    private var commitAt: UInt64 = 0
    private var tickAt: UInt64 = 0

    /// Goes on where the recorder's last run stood.
    package init(
        sources: [TailSource], consumer: any LineConsumer, recorder: Recorder, now: TickTime,
        options: Options = Options()
    ) {
        self.consumer = consumer
        self.recorder = recorder
        self.options = options
        let recovered = recorder.recovered
        tails = TailSet(sources: sources, consumer: consumer, now: now)
        consumer.follows(tails)
        if recovered.ledger != nil {
            consumer.restore(totals: recovered.epoch.totals.span)
            for deltas in recovered.deltas { consumer.replay(deltas: deltas.span) }
        }
        if recovered.ledger != nil { tails.restore(recovered.epoch) }
    }

    /// Reads what is due, and commits once a second; whether more waits to be read.
    @discardableResult
    package func step(at now: TickTime) -> Bool {
        let hasMore = tails.step(at: now, budget: options.stepBytes)
        // A backlog that has just been read is told at once.
        if now.bootNanoseconds >= commitAt || (hadMore && !hasMore) {
            commitAt = now.bootNanoseconds + options.commitMilliseconds * 1_000_000
            commit(at: now)
            // Also where the disk took nothing: what is counted is true, and a restart counts it again from the same lines.
            told?(now, hasMore)
        }
        if now.bootNanoseconds >= tickAt {
            tickAt = now.bootNanoseconds + 1_000_000_000
            recorder.tick(at: now)
            if recorder.wantsCheckpoint(at: now) { checkpoint(at: now) }
        }
        hadMore = hasMore
        return hasMore
    }

    /// Writes what moved and what was counted as one record; false where the disk took nothing, and nothing is lost then.
    @discardableResult
    package func commit(at now: TickTime) -> Bool {
        guard tails.hasChanges else { return true }
        var epoch = Epoch()
        tails.changes(into: &epoch)
        consumer.appendDeltas(to: &epoch.deltas)
        guard recorder.commit(epoch, at: now) else { return false }
        tails.epochIsSaved()
        consumer.deltasAreSaved()
        return true
    }

    /// Only whole truths go into a checkpoint: what moved since the last epoch is committed first.
    @discardableResult
    package func checkpoint(at now: TickTime) -> Bool {
        guard commit(at: now) else { return false }
        var epoch = Epoch()
        tails.everything(into: &epoch)
        consumer.appendTotals(to: &epoch.totals)
        return recorder.checkpoint(epoch, at: now)
    }

    /// Commits and makes it last, before the process ends.
    package func end(at now: TickTime) {
        commit(at: now)
        checkpoint(at: now)
        recorder.flush(at: now)
    }
}
