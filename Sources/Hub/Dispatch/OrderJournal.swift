package import Fleet
import Glibc
import NIOPosix
import Synchronization
import Telemetry

/// The hub's orders on its disk, which are its audit too: what is to be done is written before it is done.
package actor OrderJournal {
    package nonisolated let path: String
    private var chain: AuditChain
    private let descriptor: Int32
    private let found: Mutex<[AuditRecord]>
    /// What is wrong with what was in the file; nil where nothing is.
    package nonisolated let fault: String?

    /// Years of orders. A file of this size takes no more: it is read whole when a hub begins.
    package static let bytesMax = 256 << 20
    private let bytesMax: Int

    package init(_ folder: String, bytesMax: Int = bytesMax) throws(HubError) {
        path = "\(folder)/audit.jsonl"
        self.bytesMax = bytesMax
        let opened = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard opened >= 0 else {
            throw .folder(path: path, reason: "cannot be opened (errno \(errno)); check its owner and mode")
        }
        descriptor = opened
        let bytes = Self.bytes(opened)
        let (records, fault, chain, whole) = AuditChain.read(bytes)
        found = Mutex(records)
        self.fault = fault
        self.chain = chain
        // A line that a crash cut off was never acted upon.
        if whole < bytes.count { ftruncate(opened, off_t(whole)) }
    }

    deinit { close(descriptor) }

    /// What was in the file, for the dispatcher to begin with: once, as it may be large.
    package nonisolated func takeRecords() -> [AuditRecord] {
        found.withLock { records in
            defer { records = [] }
            return records
        }
    }

    /// How much of what it may hold it holds, from 0 to 1.
    package var share: Double { Double(lseek(descriptor, 0, SEEK_END)) / Double(bytesMax) }
    /// From here on people should put it aside soon: when it is full nothing is ordered, and nothing taken back.
    package static let warningShare = 0.8

    /// Writes records that are on the disk when this returns, all of them or none; throws where the disk does not take them.
    package func append(_ events: [(event: String, order: OrderRun?, text: String)]) async throws(HubError) {
        var next = chain
        var lines: [UInt8] = []
        for event in events {
            lines +=
                next.next(
                    at: Clock.now().milliseconds, event.event, order: event.order, text: event.text
                ).line
        }
        let size = lseek(descriptor, 0, SEEK_END)
        guard Int(size) + lines.count <= bytesMax else {
            throw .folder(
                path: path,
                reason:
                    "is as large as it may be, so nothing is ordered; end the hub, move the file away, start it"
            )
        }
        let count = write(descriptor, lines, lines.count)
        guard count == lines.count else {
            let code = errno
            ftruncate(descriptor, size)
            throw .folder(
                path: path, reason: "takes no more (errno \(code)), so nothing is ordered; make room")
        }
        chain = next
        let descriptor = descriptor
        let status =
            (try? await NIOThreadPool.singleton.runIfActive { fdatasync(descriptor) == 0 ? 0 : errno }) ?? EIO
        guard status == 0 else {
            throw .folder(path: path, reason: "is not on the disk (errno \(status)), so nothing is ordered")
        }
    }

    /// All records as they are in the file now, and what is wrong with them.
    package func read() -> (records: [AuditRecord], fault: String?) {
        let (records, fault, _, _) = AuditChain.read(Self.bytes(descriptor))
        return (records, fault)
    }

    private static func bytes(_ descriptor: Int32) -> [UInt8] {
        var found: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = pread(descriptor, &buffer, buffer.count, off_t(found.count))
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            found += buffer[..<count]
        }
        return found
    }
}
