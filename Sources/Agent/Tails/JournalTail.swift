import CLinux
import Glibc
import Telemetry
import Wire

/// Follows one unit's journal through a child, `journalctl --follow --output=export`, that says each entry with its cursor.
///
/// A journal file is not ours to read: its format, its rotation and its locks are journalctl's. The cursor of the last entry
/// whose lines were counted is the mark, so a restart goes on behind it. The child is disposable: when it ends, another one
/// is started at the cursor.
package final class JournalTail {
    package let number: UInt64
    package let source: Int
    package let unit: String
    /// Behind the last entry that was handed on; empty before the first.
    package private(set) var cursor: String
    /// Entries that were handed on.
    package private(set) var entries: UInt64

    private let sourceName: String
    private let consumer: any LineConsumer
    private let counters: TailCounters
    private var parser = JournalParser()
    private var child: Int32 = -1
    package private(set) var descriptor: Int32 = -1
    /// Boot clock: when a child may be started again, and when this one was started or said something last.
    private var startAt: UInt64 = 0
    private var heardAt: UInt64 = 0
    /// What the last entry says when it was written; nil while the child has said none.
    private var writtenAt: Timestamp?
    /// Whether there is more of the past than was handed on: the child has not begun to speak, or what it said just now is old.
    package private(set) var isBehind = false
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var isChanged = true

    init(
        number: UInt64, source: Int, sourceName: String, unit: String, cursor: String = "",
        entries: UInt64 = 0,
        consumer: any LineConsumer, counters: TailCounters
    ) {
        self.number = number
        self.source = source
        self.sourceName = sourceName
        self.unit = unit
        self.cursor = cursor
        self.entries = entries
        self.consumer = consumer
        self.counters = counters
    }

    deinit { stop() }

    static func path(of unit: String) -> String { "journal:\(unit)" }

    var mark: FileMark {
        FileMark(
            number: number, source: sourceName, path: Self.path(of: unit), base: Self.path(of: unit),
            offset: entries, cursor: cursor)
    }

    /// journalctl may need so long for its first word, in a large journal on a slow disk.
    private static let firstNanoseconds: UInt64 = 5_000_000_000
    /// What has been quiet for so long has said all there is.
    private static let quietNanoseconds: UInt64 = 2_000_000_000
    /// An entry that is read within so many milliseconds is of the present.
    private static let presentMilliseconds: Int64 = 5000
    /// What may wait in the pipe between two steps: some thousand entries. The kernel gives no more to everybody.
    private static let pipeBytes: Int32 = 1 << 20

    /// Starts the child where none runs, at most every 10 seconds, and hands on what it has said: at most `budget` bytes.
    /// Whether there may be more.
    func step(at now: TickTime, program: [String], start: TailSource.Start, budget: Int) -> Bool {
        let boot = now.bootNanoseconds
        if descriptor < 0 {
            isBehind = false
            guard hasEnded() else { return false }
            guard boot >= startAt else { return false }
            startAt = boot + 10_000_000_000
            heardAt = boot
            spawn(program, start)
        }
        let taken = read(budget)
        if taken > 0 { heardAt = boot }
        let quiet = boot > heardAt ? boot - heardAt : 0
        if let writtenAt {
            isBehind =
                quiet < Self.quietNanoseconds
                && now.wall.milliseconds(since: writtenAt) > Self.presentMilliseconds
        } else {
            isBehind = quiet < Self.firstNanoseconds
        }
        if descriptor < 0 { isBehind = false }
        // A pipe that was full has kept the child from saying more.
        return descriptor >= 0 && taken >= min(budget, Int(Self.pipeBytes))
    }

    /// Reads and hands on what waits in the pipe, at most about `budget` bytes; how many bytes there were.
    private func read(_ budget: Int) -> Int {
        var taken = 0
        while descriptor >= 0, taken < budget {
            let got = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if got < 0 {
                if errno == EINTR { continue }
                if errno != EAGAIN { stop() }
                break
            }
            guard got > 0 else {
                // It never ends by itself where it can read the journal.
                counters[.readErrors] += 1
                stop()
                break
            }
            taken += got
            let bytes = buffer
            parser.take(bytes.span.extracting(0..<got)) { hand($0) }
        }
        return taken
    }

    /// One entry may hold several lines; they count together, under the entry's cursor.
    private func hand(_ entry: JournalEntry) {
        guard !entry.cursor.isEmpty else { return }
        let bytes = entry.message
        let time =
            entry.microseconds > 0
            ? Timestamp(milliseconds: Int64(clamping: entry.microseconds / 1000)) : nil
        var start = 0
        while start <= bytes.count {
            let end = bytes[start...].firstIndex(of: 0x0A) ?? bytes.count
            if end > start || bytes.isEmpty {
                counters[.lines] &+= 1
                counters.add(end - start, to: .bytes)
                let isCut = entry.isCut && end == bytes.count
                if isCut { counters[.longLines] += 1 }
                consumer.take(
                    bytes.span.extracting(start..<end),
                    at: LinePlace(
                        file: number, source: source, offset: entries, kind: isCut ? .cut : .whole, time: time
                    ))
            }
            start = end + 1
        }
        writtenAt = time ?? writtenAt
        cursor = entry.cursor
        entries += 1
        isChanged = true
    }

    private func spawn(_ program: [String], _ start: TailSource.Start) {
        var arguments = program + ["--output=export", "--follow", "--quiet", "--unit=\(unit)"]
        if !cursor.isEmpty {
            arguments += ["--after-cursor=\(cursor)", "--lines=all"]
        } else {
            switch start {
            case .beginning: arguments.append("--lines=all")
            case .end: arguments.append("--lines=0")
            case .readBack(let seconds): arguments += ["--since=-\(seconds)s", "--lines=all"]
            }
        }
        guard let started = OutputChild.start(arguments) else {
            counters[.readErrors] += 1
            return
        }
        (child, descriptor) = started
        // A smaller one serves as well, more slowly.
        _ = clinux_widen_pipe(descriptor, Self.pipeBytes)
        writtenAt = nil
        parser = JournalParser()
    }

    /// Ends the child; what it had said and we had not read comes again from the next one.
    func stop() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        if child > 0 { kill(child, SIGKILL) }
        _ = hasEnded()
    }

    /// Whether no child is left to be reaped; one that hangs in the kernel is asked again later.
    private func hasEnded() -> Bool {
        if child > 0, clinux_reap(child) != 0 { child = -1 }
        return child < 0
    }
}
