import Telemetry
package import Wire

/// What the tails leave for the next process, and go on from.
extension TailSet {
    /// Goes on from the marks that were saved last, before the first step.
    package func restore(_ epoch: Epoch) {
        lookedAt = epoch.lookedAt
        since = lookedAt.milliseconds.multipliedReportingOverflow(by: 1_000_000).partialValue
        nextNumber = max(nextNumber, epoch.nextNumber)
        counters.restore(epoch.counters)
        for mark in epoch.marks {
            nextNumber = max(nextNumber, mark.number &+ 1)
            guard let source = sources.firstIndex(where: { $0.name == mark.source }) else {
                forgotten.append(mark.number)
                continue
            }
            if restoreJournal(mark, source: source) { continue }
            let base = base(at: mark.base, source: source)
            base.seenAt = since
            let file = TailFile(
                number: mark.number, source: source, base: base, path: mark.path, identity: mark.identity,
                offset: mark.offset, head: mark.head, tail: mark.tail, flags: mark.flags)
            file.needsProof = true
            file.size = mark.offset
            base.files.append(file)
            files[file.number] = file
            if file.identity != .none { byIdentity[file.identity] = file }
            if !mark.state.isEmpty { consumer.restore(mark.state.span, of: file.number, source: source) }
        }
    }

    /// Whether there is anything for an epoch.
    package var hasChanges: Bool {
        !changed.isEmpty || !forgotten.isEmpty || journals.contains { $0.isChanged }
    }

    /// The marks that moved since the last saved epoch, with their consumer's open state.
    package func changes(into epoch: inout Epoch) {
        for file in changed where files[file.number] != nil { epoch.marks.append(whole(file.mark)) }
        for journal in journals where journal.isChanged { epoch.marks.append(whole(journal.mark)) }
        epoch.forgotten = forgotten
        epoch.lookedAt = lookedAt
        epoch.nextNumber = nextNumber
        epoch.counters = counters.values
    }

    /// All marks, for a checkpoint.
    package func everything(into epoch: inout Epoch) {
        for file in files.values { epoch.marks.append(whole(file.mark)) }
        for journal in journals { epoch.marks.append(whole(journal.mark)) }
        epoch.lookedAt = lookedAt
        epoch.nextNumber = nextNumber
        epoch.counters = counters.values
    }

    package func epochIsSaved() {
        for file in changed { file.isChanged = false }
        for journal in journals { journal.isChanged = false }
        changed.removeAll(keepingCapacity: true)
        forgotten.removeAll(keepingCapacity: true)
    }

    /// The mark with what the consumer keeps open.
    private func whole(_ mark: FileMark) -> FileMark {
        var mark = mark
        consumer.appendState(of: mark.number, to: &mark.state)
        if mark.state.count > WireLimits.markStateBytes {
            mark.state = []
            counters[.refusedStates] += 1
        }
        return mark
    }

    func noteChange(_ file: TailFile) {
        guard !file.isChanged else { return }
        file.isChanged = true
        changed.append(file)
    }
}
