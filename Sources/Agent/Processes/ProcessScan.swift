import CLinux
import Glibc
package import Telemetry

/// Reads all processes in passes and tells of the busiest, or of all while somebody looks.
///
/// A pass reads one line of each process. It may take only so much of a tick and goes on in the next, so that many
/// processes make it slow, never the tick late. A process is known by its number and start. What costs more than the line
/// (arguments, unit) is read of those that are shown, and what moved (I/O) of those that ran since the pass before: who
/// did not run cannot have read or written.
package final class ProcessScan: ProcessSource {
    /// What is told of processes, and what looking for it may cost.
    package struct Options {
        /// How many to tell of by CPU, memory and I/O each.
        package var top = 30
        package var commandLines = AgentArguments.CommandLines.masked
        package var pageSize: UInt32 = 4096
        /// Processes read in one tick at most.
        package var processesPerTick = 1024
        /// What a pass may take of a second.
        package var nanosecondsPerTick: UInt64 = 2_000_000
        /// Descriptors of processes that stay open, because reading again costs half of opening again.
        package var descriptorsMax = 4096

        package init() {}
    }

    /// Between two tables of the busiest, and between two whole ones; less a little, because ticks come a little early.
    private static let topInterval: UInt64 = 4_900_000_000
    private static let wholeInterval: UInt64 = 1_900_000_000
    /// Details are asked for anew after so long, because titles change.
    private static let detailsAge: UInt64 = 60_000_000_000
    /// Processes of a whole table whose details are read.
    private static let detailedMax = 4096
    /// A process younger than this may be about to become another program.
    private static let youngTicks: UInt64 = 200
    /// Rows of a whole table take no more bytes, and it is no whole one then.
    private static let tableBytesMax = 480_000
    /// The first pass reads everything anew; it may take more, so that there is something to see at once.
    private static let firstNanoseconds: UInt64 = 20_000_000

    package var wantsAllProcesses = false {
        didSet {
            guard wantsAllProcesses, !oldValue else { return }
            passAt = 0
            hasWholeTable = false
        }
    }

    /// What the last whole pass counted; nil before it.
    package private(set) var census: ProcessCensus?
    /// Processes read in the last tick, and nanoseconds that all ticks took.
    package private(set) var readCount = 0
    package private(set) var spentNanoseconds: UInt64 = 0
    package private(set) var passes: UInt64 = 0

    private let options: Options
    private let clock: () -> UInt64
    private let details: ProcessDetails
    private let isRoot = geteuid() == 0
    private let ownUser = geteuid()
    private var folder: ProcessFolder
    private var entries: [ProcessEntry] = []
    private var places: [Int32: Int] = [:]
    private var kept = 0
    private var buffer = [UInt8](repeating: 0, count: ProcessStat.bytesMax)
    private var counting = ProcessCensus()
    private var isPassing = false
    private var passAt: UInt64 = 0
    private var tableAt: UInt64 = 0
    private var tickAt: UInt64 = 0
    /// What the next table tells of, by process; the table waits a tick for its details.
    private var shown: [Int32] = []
    private var isTableDue = false
    private var hasTable = false
    private var hasWholeTable = false
    private var tops: [TopSelection] = []

    /// `clock` gives monotonic nanoseconds.
    package init(
        _ paths: AgentPaths, _ reader: PatientReader, _ containers: ContainerNames, _ options: Options,
        clock: @escaping () -> UInt64
    ) {
        self.options = options
        self.clock = clock
        details = ProcessDetails(paths, reader, containers, options.commandLines)
        folder = ProcessFolder(paths.procfs)
        tops = (0..<3).map { _ in TopSelection(capacity: options.top) }
        details.report = { [weak self] process, found in self?.take(found, of: process) }
    }

    deinit {
        for entry in entries where entry.descriptor >= 0 { close(entry.descriptor) }
    }

    // MARK: A tick

    package func scan(at now: TickTime) -> ProcessTable? {
        let started = clock()
        defer { spentNanoseconds &+= clock() &- started }
        readCount = 0
        let time = now.bootNanoseconds
        details.tick(at: time)
        let seconds = min(10, max(1, (time &- tickAt) / 1_000_000_000))
        tickAt = time
        let held = isTableDue ? table(at: now) : nil
        if !isPassing,
            passAt == 0 || time &- passAt >= (wantsAllProcesses ? Self.wholeInterval : Self.topInterval)
        {
            beginPass(at: time)
        }
        if isPassing { advance(started, seconds: seconds, now) }
        // Two tables do not go in one tick: what is ready now goes with the next.
        guard held == nil else { return held }
        return isTableDue && mayGo ? table(at: now) : nil
    }

    /// A table waits a tick for its details, but not the first one, and not each of those that follow fast.
    private var mayGo: Bool {
        details.isIdle || !hasTable || (wantsAllProcesses && hasWholeTable)
    }

    private func advance(_ started: UInt64, seconds: UInt64, _ now: TickTime) {
        // Someone waits for a whole table: a little more of each second.
        let share = options.nanosecondsPerTick &* (wantsAllProcesses ? 3 : 1) &* seconds
        let budget = census == nil ? max(share, Self.firstNanoseconds) : share
        if pass(until: started &+ budget, countMax: options.processesPerTick, now) {
            select(at: now)
        } else if census != nil, !wantsAllProcesses, now.bootNanoseconds &- tableAt >= Self.topInterval {
            readShown(now)
            selectKnown()
            prepare(at: now)
        }
    }

    /// One whole pass however long it takes, for who wants a single answer.
    package func finishPass(at now: TickTime) {
        if !isPassing { beginPass(at: now.bootNanoseconds) }
        _ = pass(until: .max, countMax: .max, now)
    }

    private func beginPass(at time: UInt64) {
        guard folder.rewind() else { return }
        passes &+= 1
        passAt = time
        counting.clear()
        isPassing = true
    }

    /// Reads processes until the listing ends, which is true, or the budget does.
    private func pass(until deadline: UInt64, countMax: Int, _ now: TickTime) -> Bool {
        while readCount < countMax {
            guard let pid = folder.next() else {
                endPass()
                return true
            }
            let time = clock()
            readCount += 1
            read(pid, time, now)
            if time >= deadline { return false }
        }
        return false
    }

    private func endPass() {
        isPassing = false
        census = counting
        var place = 0
        while place < entries.count {
            if entries[place].pass == passes { place += 1 } else { remove(place) }
        }
    }

    // MARK: One process

    private func read(_ pid: Int32, _ time: UInt64, _ now: TickTime) {
        let place = places[pid] ?? add(pid)
        guard let stat = readStat(place) else {
            // It ended since it was listed, or its line makes no sense.
            remove(place)
            return
        }
        entries[place].pass = passes
        counting.add(stat)
        if entries[place].readAt != 0, entries[place].stat.startTicks == stat.startTicks {
            let hasRun = stat.cpuTicks != entries[place].stat.cpuTicks || stat.state == UInt8(ascii: "D")
            let passed = entries[place].update(stat, at: time)
            updateIO(place, hasRun: hasRun, passed: passed)
        } else {
            let bootTicks = now.bootNanoseconds / ProcessEntry.nanosecondsPerTick
            entries[place].begin(stat, at: time, bootTicks: bootTicks)
            entries[place].user = folder.owner(pid) ?? 0
            beginIO(place, age: bootTicks > stat.startTicks ? (bootTicks - stat.startTicks) / 100 : 0)
        }
    }

    private func add(_ pid: Int32) -> Int {
        entries.append(ProcessEntry(pid: pid))
        places[pid] = entries.count - 1
        return entries.count - 1
    }

    private func remove(_ place: Int) {
        let gone = entries[place]
        if gone.descriptor >= 0 {
            close(gone.descriptor)
            kept -= 1
        }
        places[gone.pid] = nil
        entries.swapAt(place, entries.count - 1)
        entries.removeLast()
        if place < entries.count { places[entries[place].pid] = place }
    }

    private func readStat(_ place: Int) -> ProcessStat? {
        if entries[place].descriptor >= 0 {
            if let stat = parsed(entries[place].descriptor) { return stat }
            // The kept descriptor is that of a process that ended: the number may have another by now.
            close(entries[place].descriptor)
            entries[place].descriptor = -1
            kept -= 1
        }
        let descriptor = folder.open(entries[place].pid, .stat)
        guard descriptor >= 0 else { return nil }
        let stat = parsed(descriptor)
        if stat != nil, kept < options.descriptorsMax {
            entries[place].descriptor = descriptor
            kept += 1
        } else {
            close(descriptor)
        }
        return stat
    }

    private func parsed(_ descriptor: Int32) -> ProcessStat? {
        let count = fill(descriptor)
        guard count > 0 else { return nil }
        let bytes = buffer
        return ProcessStat.parse(bytes.span.extracting(0..<count))
    }

    private func fill(_ descriptor: Int32) -> Int {
        unsafe buffer.withUnsafeMutableBytes { unsafe clinux_pread_all(descriptor, $0.baseAddress, $0.count) }
    }

    // MARK: I/O

    /// Bytes so far; nil when we may not know.
    private func readIO(_ place: Int) -> UInt64? {
        guard isRoot || entries[place].user == ownUser else { return nil }
        let descriptor = folder.open(entries[place].pid, .io)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        let count = fill(descriptor)
        guard count > 0 else { return nil }
        let bytes = buffer
        return ProcessIO.parse(bytes.span.extracting(0..<count))
    }

    /// Whoever is new since the pass before did all of its I/O since then; of the others nothing is known yet.
    private func beginIO(_ place: Int, age seconds: UInt64) {
        guard let bytes = readIO(place) else {
            entries[place].io = .denied
            return
        }
        let isNew = census != nil && seconds < 10
        entries[place].io = .known(bytes: bytes, perSecond: isNew ? bytes / max(1, seconds) : 0)
    }

    private func updateIO(_ place: Int, hasRun: Bool, passed: UInt64) {
        guard case .known(let before, let last) = entries[place].io else { return }
        guard hasRun || last > 0 else { return }
        guard let bytes = readIO(place) else {
            entries[place].io = .denied
            return
        }
        let moved = bytes > before ? bytes - before : 0
        let perSecond = passed > 0 ? Double(moved) / (Double(passed) / 1e9) : 0
        entries[place].io = .known(bytes: bytes, perSecond: UInt64(min(perSecond, 1e18)))
    }

    // MARK: The table

    private func select(at now: TickTime) {
        if wantsAllProcesses {
            shown.removeAll(keepingCapacity: true)
            for entry in entries { shown.append(entry.pid) }
        } else {
            selectKnown()
        }
        prepare(at: now)
    }

    private func selectKnown() {
        for place in tops.indices { tops[place].removeAll() }
        for place in entries.indices {
            tops[0].offer(UInt64(max(0, entries[place].cpuHundredths)), place: place)
            tops[1].offer(entries[place].stat.residentPages, place: place)
            tops[2].offer(entries[place].ioPerSecond ?? 0, place: place)
        }
        shown.removeAll(keepingCapacity: true)
        var chosen: Set<Int> = []
        for top in tops {
            for place in top.places where chosen.insert(place).inserted { shown.append(entries[place].pid) }
        }
    }

    /// A pass over very many processes takes long: those that were shown are read again between.
    private func readShown(_ now: TickTime) {
        for pid in shown {
            guard let place = places[pid], let stat = readStat(place) else { continue }
            guard entries[place].stat.startTicks == stat.startTicks else { continue }
            let hasRun = stat.cpuTicks != entries[place].stat.cpuTicks
            let passed = entries[place].update(stat, at: clock())
            updateIO(place, hasRun: hasRun, passed: passed)
        }
    }

    private func prepare(at now: TickTime) {
        isTableDue = true
        let time = now.bootNanoseconds
        let bootTicks = time / ProcessEntry.nanosecondsPerTick
        for pid in shown.prefix(Self.detailedMax) {
            guard let place = places[pid], !entries[place].stat.isKernelThread else { continue }
            let entry = entries[place]
            guard entry.detailsAt == 0 || time &- entry.detailsAt >= Self.detailsAge else { continue }
            let isYoung = bootTicks < entry.stat.startTicks &+ Self.youngTicks
            entries[place].detailsAt = isYoung ? 0 : time
            details.ask(ProcessDetails.Identity(pid: pid, startTicks: entry.stat.startTicks))
        }
        details.tick(at: time)
    }

    private func table(at now: TickTime) -> ProcessTable {
        isTableDue = false
        hasTable = true
        hasWholeTable = wantsAllProcesses
        tableAt = now.bootNanoseconds
        var rows: [ProcessRow] = []
        rows.reserveCapacity(shown.count)
        var bytes = 0
        for pid in shown {
            guard let place = places[pid], bytes < Self.tableBytesMax else { continue }
            let entry = entries[place]
            let user = details.user(entry.user, at: now.bootNanoseconds)
            rows.append(entry.row(pageSize: UInt64(options.pageSize), user: user))
            bytes += 56 + user.utf8.count + entry.commandLine.utf8.count + entry.unit.utf8.count
        }
        return ProcessTable(
            time: now.wall, isComplete: wantsAllProcesses && rows.count == entries.count,
            total: Int32(clamping: entries.count), rows: rows)
    }

    private func take(_ found: ProcessDetails.Found, of process: ProcessDetails.Identity) {
        guard let place = places[process.pid], entries[place].stat.startTicks == process.startTicks else {
            return
        }
        switch found {
        case .commandLine(let text): entries[place].commandLine = text
        case .unit(let name): entries[place].unit = name
        }
    }
}
