import Telemetry
import Wire

/// Follows all logs of this host: finds them, knows them again after rotation, truncation and restart, and hands
/// their lines to one consumer. It belongs to one thread; nothing here waits for anything but a disk.
///
/// `step` does what is due. What moved since the last epoch is asked for with `changes`, and forgotten once `epochIsSaved`
/// says that it is on disk. How files are known again is told in docs/recorder.md.
package final class TailSet {
    package let counters: TailCounters
    let consumer: any LineConsumer
    let reader: LineReader
    let watches = FileWatches()
    package internal(set) var sources: [TailSource]

    var folders: [String: TailFolder] = [:]
    var foldersByWatch: [Int32: TailFolder] = [:]
    package internal(set) var files: [UInt64: TailFile] = [:] { didSet { isCensusOld = true } }
    private var isCensusOld = true
    private var knownCensus: [Int: TailCensus] = [:]
    var byIdentity: [FileIdentity: TailFile] = [:]
    var openFiles: [TailFile] = []
    var due: [TailFile] = []
    /// What could not be read, until it is looked at again.
    var failing: [TailFile] = []
    package internal(set) var journals: [JournalTail] = []
    /// What is started to read the journal.
    package var journalProgram = ["journalctl"]
    var changed: [TailFile] = []
    var forgotten: [UInt64] = []
    package internal(set) var nextNumber: UInt64 = 1
    /// Links to followed files: the target's path, and the boot clock when the link was last seen.
    var linkTargets: [String: LinkTarget] = [:]

    /// Containers, by where the host's root is; only where a source names one.
    var containers: [String: ContainerLogs] = [:]

    var now: TickTime
    private var secondAt: UInt64 = 0
    var reconcileAt: UInt64 = 0
    var sweepSlice = 0
    /// Files born after this (wall clock, nanoseconds) are read from their beginning: nobody can have read them before.
    var since: Int64
    var lookedAt = Timestamp(milliseconds: 0)
    var listingBuffer: [UInt8] = []
    /// Everything is polled, as where inotify says nothing; for tests and for hosts that want it so.
    package var isPollingOnly = false
    /// Nil where each file may be read back as far as `TailLimits` let it.
    package var readBackAllowance: ReadBackAllowance?
    /// Folders that may be watched; the others are polled.
    package var watchLimit: Int {
        get { watches.limit }
        set { watches.limit = newValue }
    }

    struct LinkTarget {
        let source: Int
        var seenAt: UInt64
    }

    package init(sources: [TailSource], consumer: any LineConsumer, now: TickTime) {
        let counters = TailCounters()
        self.sources = sources
        self.consumer = consumer
        self.counters = counters
        self.now = now
        // The kernel's time on files is up to a clock tick behind.
        since = now.wallNanoseconds &- 10_000_000
        reader = LineReader(consumer: consumer, counters: counters)
    }

    /// Waited on for reading; negative where there is no inotify.
    package var descriptor: Int32 { isPollingOnly ? -1 : watches.descriptor }

    /// Follows other sources from now on; offsets of those that stay go on.
    package func reconfigure(_ sources: [TailSource]) {
        let old = self.sources
        self.sources = sources
        isCensusOld = true
        for file in Array(files.values) {
            if let place = sources.firstIndex(where: { $0.name == old[file.source].name }) {
                file.source = place
                file.base.source = place
            } else {
                forget(file)
            }
        }
        reconfigureJournals(from: old)
        for folder in folders.values {
            folder.uses = []
            folder.bases = folder.bases.filter { !$0.value.files.isEmpty }
            folder.names = folder.names.filter { $0.value.file.map { files[$0.number] != nil } ?? false }
        }
        linkTargets = [:]
        reconcileAt = 0
    }

    // MARK: Steps

    /// Does what is due at `now`; reads at most about `budget` bytes. Whether more waits to be read.
    @discardableResult
    package func step(at now: TickTime, budget: Int = .max) -> Bool {
        self.now = now
        consumer.isAt(now.wall)
        takeEvents()
        let boot = now.bootNanoseconds
        var looked: Timestamp?
        if boot >= reconcileAt {
            reconcileAt = boot + 10_000_000_000
            reconcile()
        }
        if boot >= secondAt {
            secondAt = boot + 1_000_000_000
            everySecond()
            looked = now.wall
        }
        scanWhereNeeded()
        if let looked { lookedAt = looked }
        readDue(budget)
        scanWhereNeeded()
        let hasMore = readJournals(budget)
        return !due.isEmpty || hasMore
    }

    /// Looks at everything with the next step, as after a signal.
    package func lookAtEverything() {
        reconcileAt = 0
        secondAt = 0
        for folder in folders.values { folder.needsScan = true }
    }

    private func scanWhereNeeded() {
        // A link found in one folder may add another: at most a few rounds.
        for _ in 0..<4 {
            var hasScanned = false
            for folder in Array(folders.values) where folder.needsScan {
                scan(folder)
                hasScanned = true
            }
            if !hasScanned { return }
        }
    }

    func seconds(since moment: UInt64) -> UInt64 {
        now.bootNanoseconds > moment ? (now.bootNanoseconds - moment) / 1_000_000_000 : 0
    }

    // MARK: Files

    /// Bytes of known files that are not read yet.
    package var backlogBytes: UInt64 {
        due.reduce(into: 0) { sum, file in sum += file.size > file.offset ? file.size - file.offset : 0 }
    }

    package var hasDue: Bool { !due.isEmpty }
    /// Whether some file may be a copy that is still being made.
    package var hasUndecided: Bool { folders.values.contains { $0.hasUndecided } }
    package var openDescriptors: Int { openFiles.count }

    func markDue(_ file: TailFile) {
        guard !file.isDue, !file.isUndecided else { return }
        file.isDue = true
        due.append(file)
    }

    func set(failure: Int32, of file: TailFile) {
        guard file.failure != failure else { return }
        file.failure = failure
        isCensusOld = true
    }

    /// How many files each source has, by its place; worked out when something changed, since it is asked each second.
    package func census() -> [Int: TailCensus] {
        guard isCensusOld else { return knownCensus }
        isCensusOld = false
        knownCensus = files.values.reduce(into: [:]) { census, file in
            census[file.source, default: TailCensus()].files += 1
            if file.failure != 0 { census[file.source, default: TailCensus()].failing += 1 }
        }
        return knownCensus
    }

    func failed(_ file: TailFile, _ errno: Int32) {
        counters[.readErrors] += 1
        set(failure: errno, of: file)
        file.close()
        failing.append(file)
    }

    /// Forgets the reading altogether; its mark ends with the next epoch.
    func forget(_ file: TailFile, finishing: Bool = true) {
        if finishing, !file.isFinished, file.offset > 0 { consumer.finish(file.number) }
        file.close()
        file.isDue = false
        due.removeAll { $0 === file }
        if byIdentity[file.identity] === file { byIdentity[file.identity] = nil }
        file.base.files.removeAll { $0 === file }
        files[file.number] = nil
        forgetNumber(file.number)
    }

    func forgetNumber(_ number: UInt64) { forgotten.append(number) }
}

extension TickTime {
    var wallNanoseconds: Int64 { wall.milliseconds.multipliedReportingOverflow(by: 1_000_000).partialValue }
}
