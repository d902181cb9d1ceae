import CLinux
import Glibc
import Telemetry
package import Wire

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
    private var failing: [TailFile] = []
    package internal(set) var journals: [JournalTail] = []
    /// What is started to read the journal.
    package var journalProgram = ["journalctl"]
    private var changed: [TailFile] = []
    private var forgotten: [UInt64] = []
    package internal(set) var nextNumber: UInt64 = 1
    /// Links to followed files: the target's path, and the boot clock when the link was last seen.
    var linkTargets: [String: LinkTarget] = [:]

    /// Containers, by where the host's root is; only where a source names one.
    private var containers: [String: ContainerLogs] = [:]

    var now: TickTime
    private var secondAt: UInt64 = 0
    private var reconcileAt: UInt64 = 0
    private var sweepSlice = 0
    /// Files born after this (wall clock, nanoseconds) are read from their beginning: nobody can have read them before.
    var since: Int64
    private var lookedAt = Timestamp(milliseconds: 0)
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

    // MARK: What was done since the last epoch

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

    /// Bytes of known files that are not read yet.
    package var backlogBytes: UInt64 {
        due.reduce(into: 0) { sum, file in sum += file.size > file.offset ? file.size - file.offset : 0 }
    }

    package var hasDue: Bool { !due.isEmpty }
    /// Whether some file may be a copy that is still being made.
    package var hasUndecided: Bool { folders.values.contains { $0.hasUndecided } }
    package var openDescriptors: Int { openFiles.count }

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

    private func takeEvents() {
        guard !isPollingOnly else { return }
        let hasLost = watches.read { event in
            guard let folder = foldersByWatch[event.watch] else { return }
            if event.isGone {
                unwatch(folder)
                folder.needsScan = true
                reconcileAt = 0
            } else if let known = folder.names[event.name] {
                if event.isWritten, let file = known.file { markDue(file) }
                if event.changesNames { folder.needsScan = true }
            } else if event.changesNames, concerns(event.name, folder) {
                folder.needsScan = true
            }
        }
        if hasLost {
            counters[.overflows] += 1
            for folder in folders.values { folder.needsScan = true }
            for file in files.values where !file.isFinished { markDue(file) }
        }
    }

    /// Whether a name that is new in the folder may be a log of ours.
    private func concerns(_ name: String, _ folder: TailFolder) -> Bool {
        if folder.uses.contains(where: { $0.pattern.matches(name) }) { return true }
        guard let rotated = RotatedName(name) else { return folder.bases[name] != nil }
        return rotated.bases.contains { folder.bases[$0] != nil } || folder.bases[name] != nil
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

    // MARK: Looks

    private func everySecond() {
        var idle: [TailFile] = []
        for file in openFiles where file.descriptor >= 0 {
            var facts = clinux_facts()
            guard unsafe clinux_facts(file.descriptor, &facts) == 0 else {
                failed(file, ESTALE)
                continue
            }
            if file.note(facts) {
                file.changedAt = now.bootNanoseconds
                markDue(file)
            } else if !file.isDue {
                idle.append(file)
            }
        }
        settle(idle)
        lookAtFailing()
        openFiles.removeAll { file in
            if !file.isOpen { file.isTracked = false }
            return !file.isOpen
        }
        for folder in folders.values where folder.hasUndecided { folder.needsScan = true }
        for folder in folders.values where folder.isPolled {
            lookAt(folder)
            for name in folder.names.values.prefix(TailLimits.polledFiles) {
                if let file = name.file, !file.isOpen, !file.isFinished { lookAtClosed(file, in: folder) }
            }
        }
    }

    /// Closes and finishes files that have been quiet for long enough, and those of the quiet ones that are too many.
    private func settle(_ idle: [TailFile]) {
        var idle = idle
        for file in idle {
            let quiet = seconds(since: file.changedAt)
            if file.links == 0 || file.missingSince > 0 {
                if quiet >= TailLimits.deletedSeconds { end(file) }
            } else if file.isRotated, quiet >= TailLimits.finishSeconds {
                finish(file)
            } else if quiet >= TailLimits.idleSeconds {
                file.close()
            }
        }
        idle.removeAll { !$0.isOpen || $0.links == 0 }
        guard idle.count > TailLimits.idleDescriptors else { return }
        idle.sort { $0.changedAt < $1.changedAt }
        for file in idle.dropLast(TailLimits.idleDescriptors) where seconds(since: file.changedAt) >= 2 {
            file.close()
        }
    }

    func seconds(since moment: UInt64) -> UInt64 {
        now.bootNanoseconds > moment ? (now.bootNanoseconds - moment) / 1_000_000_000 : 0
    }

    /// Expands the patterns again, looks at folders, and at a share of the files that are closed.
    private func reconcile() {
        var uses: [String: [TailFolder.Use]] = [:]
        refreshContainers()
        for (place, source) in sources.enumerated() {
            for path in source.paths + containerPaths(of: source) {
                let (folder, name) = Self.split(path)
                let use = TailFolder.Use(source: place, pattern: NamePattern(name))
                for path in FolderListing.expand(folder, into: &listingBuffer) {
                    uses[path, default: []].append(use)
                }
            }
        }
        for (path, target) in linkTargets {
            guard seconds(since: target.seenAt) < TailLimits.deletedSeconds else {
                linkTargets[path] = nil
                continue
            }
            let (folder, name) = Self.split(path)
            uses[folder, default: []].append(
                TailFolder.Use(source: target.source, pattern: NamePattern(name)))
        }
        for (path, uses) in uses {
            let folder = folder(at: path)
            if folder.uses != uses {
                folder.uses = uses
                folder.needsScan = true
            }
        }
        for folder in Array(folders.values) {
            if uses[folder.path] == nil {
                folder.uses = []
                if folder.bases.values.allSatisfy({ $0.files.isEmpty }) {
                    unwatch(folder)
                    folders[folder.path] = nil
                    continue
                }
            }
            lookAt(folder)
            if folder.hasLinks || folder.missingUntil > now.bootNanoseconds { folder.needsScan = true }
        }
        sweep()
    }

    /// Reads which containers there are, where a source names one: what was made anew has another file.
    private func refreshContainers() {
        for source in sources where source.container != nil && containers[source.root] == nil {
            containers[source.root] = ContainerLogs(root: source.root)
        }
        for root in Array(containers.keys) { containers[root]?.refresh() }
    }

    private func containerPaths(of source: TailSource) -> [String] {
        source.container.flatMap { containers[source.root]?.paths(of: $0) } ?? []
    }

    /// Looks at closed files: each time at all of folders that are polled, and at a third of the others.
    private func sweep() {
        sweepSlice = (sweepSlice + 1) % 3
        for folder in folders.values {
            for base in folder.bases.values {
                for file in base.files
                where folder.isPolled || Int(file.number % 3) == sweepSlice || file.failure != 0 {
                    if !file.isOpen { lookAtClosed(file, in: folder) }
                }
            }
        }
    }

    private func lookAtClosed(_ file: TailFile, in folder: TailFolder) {
        var facts = clinux_facts()
        guard unsafe clinux_facts_at(AT_FDCWD, file.path, 1, &facts) == 0,
            FileIdentity(facts) == file.identity
        else {
            folder.needsScan = true
            file.base.needsLook = true
            return
        }
        if file.note(facts) || file.failure != 0 { markDue(file) }
    }

    /// Compares the folder itself with the last scan, and watches it where that is possible.
    private func lookAt(_ folder: TailFolder) {
        var facts = clinux_facts()
        guard unsafe clinux_facts_at(AT_FDCWD, folder.path, 1, &facts) == 0 else {
            if folder.modified != .min || !folder.names.isEmpty { folder.needsScan = true }
            folder.modified = .min
            unwatch(folder)
            return
        }
        let identity = FileIdentity(facts)
        if identity != folder.identity {
            unwatch(folder)
            folder.identity = identity
            folder.needsScan = true
            folder.isRemote = unsafe clinux_is_remote(folder.path) == 1
        }
        if facts.modified != folder.modified { folder.needsScan = true }
        if folder.watch < 0, !folder.isRemote, !isPollingOnly { watch(folder) }
    }

    private func watch(_ folder: TailFolder) {
        if let watch = watches.watchFolder(folder.path) {
            folder.watch = watch
            foldersByWatch[watch] = folder
            folder.isPolled = false
            folder.needsScan = true
        } else if !folder.wasRefused {
            folder.wasRefused = true
            counters[.polledFolders] += 1
        }
    }

    private func unwatch(_ folder: TailFolder) {
        folder.isPolled = true
        guard folder.watch >= 0 else { return }
        watches.remove(folder.watch)
        foldersByWatch[folder.watch] = nil
        folder.watch = -1
    }

    // MARK: Tables

    func folder(at path: String) -> TailFolder {
        if let known = folders[path] { return known }
        let folder = TailFolder(path)
        folders[path] = folder
        lookAt(folder)
        return folder
    }

    func base(at path: String, source: Int) -> TailBase {
        let (folderPath, name) = Self.split(path)
        return base(name, in: folder(at: folderPath), source: source)
    }

    func base(_ name: String, in folder: TailFolder, source: Int) -> TailBase {
        if let known = folder.bases[name] { return known }
        let base = TailBase(folder: folder.path, name: name, source: source, sourceName: sources[source].name)
        folder.bases[name] = base
        return base
    }

    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (
            slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...])
        )
    }

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

    /// Looks again at what could not be read: once a second, since the reason rarely goes away by itself.
    private func lookAtFailing() {
        for file in failing where files[file.number] === file {
            folders[file.base.folder]?.needsScan = true
            file.base.needsLook = true
        }
        failing.removeAll(keepingCapacity: true)
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
