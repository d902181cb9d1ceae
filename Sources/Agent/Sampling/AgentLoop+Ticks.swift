import CLinux
import Telemetry
import Wire

/// A tick: who takes it, what is sampled, and what is told of the past before it.
extension AgentLoop {
    /// By then every collector was read twice.
    private static let ticksUntilWarm: UInt64 = 12
    /// How long until a snapshot lets a joiner in; less a little, because ticks come a little early.
    private static let snapshotNanoseconds: UInt64 = 59_500_000_000
    /// Of a recording that nobody reads a snapshot weighs as much as a minute of ticks, and a damaged frame is rare.
    private static let recordedSnapshotNanoseconds: UInt64 = 299_500_000_000
    /// A reader that keeps losing ticks makes the others pay for no more snapshots than one in this time.
    private static let patienceNanoseconds: UInt64 = 5_000_000_000
    /// After so many lost ticks in a row nothing waits for a reader any longer.
    private static let lostTicksMax: UInt64 = 10
    /// Late ticks between two looks at what else is due.
    private static let lateTicksAtOnce = 200

    func tick() {
        reaper.reap()
        let now = Self.now()
        for link in links {
            link.takes = link.maySendTick()
            link.lostTicks = link.takes ? 0 : link.lostTicks + 1
            // The reader is slow, or gave no credit: whole ticks are left out, and a snapshot makes the next one whole.
            if !link.takes {
                own.droppedTicks &+= 1
                link.needsSnapshot = true
            }
        }
        guard recording != nil || links.contains(where: \.takes) else {
            isSnapshotDue = true
            return
        }
        for source in sources { source.tick(at: now) }
        couriers?.tick(at: now)
        sendLateTicks(at: now)
        let isSnapshot = wantsSnapshot(at: now)
        if isSnapshot { snapshotAt = now.bootNanoseconds }
        sampler.tick(at: now, isSnapshot: isSnapshot, into: &encoder)
        isSnapshotDue = false
        ticks += 1
        deliver(isSnapshot: encoder.isSnapshot)
        if let recording, recording.problem != toldProblem {
            toldProblem = recording.problem
            sampler.hasNewFacts = true
        }
        if sampler.hasNewFacts {
            sampler.hasNewFacts = false
            let facts = facts()
            for link in links where link.ending == nil { link.send(facts) }
        }
        if let table = processes?.scan(at: now) {
            encoder.append(.processes(host: "", table))
            deliverToLinks()
            recording?.take(table)
        }
        dropEndedLinks()
        // Starting used three times the code that ticks use: two mebibytes that nobody needs from here on.
        if ticks == Self.ticksUntilWarm { clinux_drop_code() }
        if options.ticks > 0, ticks >= options.ticks { end("\(ticks) samples were asked for") }
    }

    private func wantsSnapshot(at now: TickTime) -> Bool {
        let passed = now.bootNanoseconds &- snapshotAt
        let period = links.isEmpty ? Self.recordedSnapshotNanoseconds : Self.snapshotNanoseconds
        if isSnapshotDue || passed >= period { return true }
        // Who is alone may have one at any time.
        let isShared = recording != nil || links.count > 1
        let lost =
            links.contains { $0.takes && $0.needsSnapshot && $0.hasHeard } || recording?.hasLost ?? false
        if links.contains(where: { $0.takes && $0.needsSnapshot && !$0.hasHeard }) { return true }
        return lost && (!isShared || passed >= Self.patienceNanoseconds)
    }

    /// Gives the frames of a tick to everybody who can read on with them.
    private func deliver(isSnapshot: Bool) {
        for link in links where link.takes && isSnapshot {
            link.needsSnapshot = false
            link.hasHeard = true
        }
        if let recording {
            let opening = recording.isOpened ? nil : openingFrames()
            let hasLines = sampler.part?.showsLines ?? false
            // A copy of its own: the encoder's buffer is as large as a snapshot.
            var frames: [UInt8] = []
            frames.reserveCapacity(encoder.bytes.count)
            frames.append(contentsOf: encoder.bytes)
            recording.push(frames, opening: opening, isSnapshot: isSnapshot, hasLines: hasLines)
        }
        deliverToLinks()
    }

    private func deliverToLinks() {
        encoder.drain { bytes in
            for link in links where link.takes && !link.needsSnapshot { link.output.append(bytes) }
        }
        for link in links where link.takes { link.flush() }
    }

    /// Tells of the past what everybody takes; it may begin at a snapshot of this moment only.
    func sendLateTicks(at now: TickTime) {
        guard let part = sampler.part, part.hasLateTick, ticks > 0, !isSnapshotDue else { return }
        let waited = links.filter {
            $0.ending == nil && !$0.needsSnapshot && $0.lostTicks < Self.lostTicksMax
        }
        guard recording != nil || !waited.isEmpty else { return }
        // Who takes the tick that comes is known already, and stays so.
        let taking = links.map(\.takes)
        defer { for (link, takes) in zip(links, taking) { link.takes = takes } }
        var left = Self.lateTicksAtOnce
        while part.hasLateTick, left > 0, waited.allSatisfy(\.maySendLateTick), recording?.hasRoom ?? true {
            left -= 1
            for link in links {
                link.takes =
                    link.ending == nil && !link.needsSnapshot && link.output.hasRoom
                    && link.session.maySendLateTick()
                if !link.takes, link.hasHeard { link.needsSnapshot = true }
            }
            part.appendLateTick(to: &encoder, at: now)
            deliver(isSnapshot: false)
        }
    }
}
