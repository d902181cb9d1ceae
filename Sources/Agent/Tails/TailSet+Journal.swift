import Wire

/// Journals among the followed logs.
extension TailSet {
    /// Takes a journal's mark over; false for a file's.
    func restoreJournal(_ mark: FileMark, source: Int) -> Bool {
        guard let unit = sources[source].journal, mark.path == JournalTail.path(of: unit) else {
            return false
        }
        journals.append(
            JournalTail(
                number: mark.number, source: source, sourceName: mark.source, unit: unit, cursor: mark.cursor,
                entries: mark.offset, consumer: consumer, counters: counters))
        if !mark.state.isEmpty { consumer.restore(mark.state.span, of: mark.number, source: source) }
        return true
    }

    /// Keeps the journals that the new sources follow too, at their cursors.
    func reconfigureJournals(from old: [TailSource]) {
        let before = journals
        journals = []
        for journal in before {
            let mark = journal.mark
            journal.stop()
            let place = sources.firstIndex {
                $0.name == old[journal.source].name && $0.journal == journal.unit
            }
            if let place {
                _ = restoreJournal(mark, source: place)
            } else {
                consumer.finish(journal.number)
                forgetNumber(journal.number)
            }
        }
    }

    /// Reads what the journals' children have said; whether there may be more.
    func readJournals(_ budget: Int) -> Bool {
        for (place, source) in sources.enumerated() {
            guard let unit = source.journal, !journals.contains(where: { $0.source == place }) else {
                continue
            }
            journals.append(
                JournalTail(
                    number: nextNumber, source: place, sourceName: source.name, unit: unit,
                    consumer: consumer,
                    counters: counters))
            nextNumber += 1
        }
        var hasMore = false
        for journal in journals {
            let start = sources[journal.source].start
            if journal.step(at: now, program: journalProgram, start: start, budget: budget) {
                hasMore = true
            }
        }
        return hasMore
    }
}
