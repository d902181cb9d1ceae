import CLinux
import Glibc
import Synchronization
package import Telemetry
import Wire

/// The recorder as the sampling thread sees it: a queue that never waits for the disk, what the disk's thread last said, and
/// the socket at which other streams of this host join instead of sampling it again.
package final class Recording {
    /// What the disk's thread leaves behind once a second.
    package struct Status: Sendable {
        package var state = RecorderState.recording
        package var oldest: Timestamp?
        package var bytes: UInt64 = 0
        /// Bytes of samples that a disk that took nothing has cost.
        package var droppedBytes: UInt64 = 0

        package init() {}
    }

    /// Readers at the same time; more are turned away.
    package static let linksMax = 16
    /// Late ticks wait while more than this does.
    private static let queueBytes = 1 << 20
    /// Busiest processes of a recorded table, by CPU; and half as many by memory.
    private static let rowsMax = 10
    /// Tables come no closer than this: they weigh as much as a minute's samples.
    private static let tableMilliseconds: Int64 = 30_000

    package let folder: String
    package let queue = FrameQueue()
    /// Shared with the disk's thread.
    let status: Mailbox
    /// Negative where nobody can join.
    private(set) var listener: Int32 = -1
    private(set) var isOpened = false
    /// Whether frames were lost on the way to the disk since the last snapshot.
    private(set) var hasLost = false
    private var lastTable: Timestamp?

    /// One value that a thread leaves for another.
    final class Mailbox: Sendable {
        private let status: Mutex<Status>

        init(_ status: Status) { self.status = Mutex(status) }

        var latest: Status {
            get { status.withLock { $0 } }
            set { status.withLock { $0 = newValue } }
        }
    }

    package init(folder: String, _ status: Status = Status()) {
        self.folder = folder
        self.status = Mailbox(status)
    }

    deinit { close() }

    // MARK: Frames

    var hasRoom: Bool { queue.waitingBytes < Self.queueBytes }

    /// Takes the frames of one tick. `hasLines` says that lines may be among them, which somebody looks at: these are in
    /// their logs already.
    func push(_ frames: [UInt8], opening: [UInt8]?, isSnapshot: Bool, hasLines: Bool) {
        if hasLost, !isSnapshot { return }
        hasLost = false
        let item = FrameQueue.Item(
            frames: hasLines ? EventFrames.withoutLines(frames) : frames, opening: opening,
            isSnapshot: isSnapshot)
        if queue.push(item) { isOpened = true } else { hasLost = true }
    }

    /// Keeps the busiest of a table now and then.
    func take(_ table: ProcessTable) {
        if let last = lastTable, case let passed = table.time.milliseconds(since: last), passed >= 0,
            passed < Self.tableMilliseconds
        {
            return
        }
        lastTable = table.time
        let frame = FrameEncoder.frame(.processes(host: "", Self.busiest(of: table)))
        if !queue.push(FrameQueue.Item(frames: frame, isSnapshot: false)) { lastTable = nil }
    }

    private static func busiest(of table: ProcessTable) -> ProcessTable {
        guard table.rows.count > rowsMax + rowsMax / 2 else { return table }
        let byCPU = table.rows.sorted { $0.cpuHundredths > $1.cpuHundredths }
        var rows = Array(byCPU.prefix(rowsMax))
        let rest = byCPU.dropFirst(rowsMax).sorted { $0.residentBytes > $1.residentBytes }
        rows += rest.prefix(rowsMax / 2)
        return ProcessTable(time: table.time, isComplete: false, total: table.total, rows: rows)
    }

    /// Why the disk takes nothing, and what to do; nil while it does.
    package var problem: String? {
        switch status.latest.state {
        case .recording: nil
        case .full: "\(folder): its filesystem has less free than [record] keep_free; make room there"
        case .failing(let errno): "\(folder): the disk takes nothing (errno \(errno)); look at its filesystem"
        }
    }

    /// The span that can be replayed.
    func have(at now: Timestamp) -> WireMessage {
        let oldest = status.latest.oldest ?? now
        return .have(from: min(oldest, now), to: now)
    }

    // MARK: Joining

    /// Listens in the folder, whose lock is held: nobody else does.
    ///
    /// Who may enter the folder may join: a folder that its group may enter gets a socket that the group may use.
    package func listen() {
        let path = Self.socket(in: folder)
        var facts = clinux_facts()
        let isShared = unsafe clinux_facts_at(AT_FDCWD, folder, 1, &facts) == 0 && facts.mode & 0o010 != 0
        _ = unsafe unlink(path)
        listener = unsafe clinux_listen_unix(path, isShared ? 0o660 : 0o600)
    }

    package static func socket(in folder: String) -> String { "\(folder)/socket" }

    func accept() -> (connection: Int32, user: UInt32)? {
        var user: UInt32 = 0
        let connection = unsafe clinux_accept_unix(listener, &user)
        return connection < 0 ? nil : (connection, user)
    }

    /// Nobody joins any longer.
    package func close() {
        guard listener >= 0 else { return }
        _ = unsafe unlink(Self.socket(in: folder))
        Glibc.close(listener)
        listener = -1
    }
}

/// The frames of one tick, of which some are events.
enum EventFrames {
    /// Leaves out the lines of logs: events of the kind `line`.
    static func withoutLines(_ frames: [UInt8]) -> [UInt8] {
        var kept: [UInt8] = []
        kept.reserveCapacity(frames.count)
        var scanner = FrameScanner()
        while let frame = scanner.next(in: frames) {
            if frame.kind == FrameKind.event.rawValue, isLine(frames, frame.payload) { continue }
            kept.append(contentsOf: frames[frame.bytes])
        }
        return kept
    }

    /// Time as a varint, then the kind: its length and its text.
    private static func isLine(_ frames: [UInt8], _ payload: Range<Int>) -> Bool {
        var offset = payload.lowerBound
        while offset < payload.upperBound, frames[offset] & 0x80 != 0 { offset += 1 }
        offset += 1
        let word: [UInt8] = [4, 0x6C, 0x69, 0x6E, 0x65]
        return offset + word.count <= payload.upperBound
            && frames[offset..<offset + word.count].elementsEqual(word)
    }
}
