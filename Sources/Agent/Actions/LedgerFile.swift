import Glibc
import Telemetry

/// The ledger on the disk, while its lock is held; one process at a time.
package final class LedgerFile {
    package private(set) var ledger: ActionLedger
    private let folder: ActionFolder
    private let disk: any RecorderDisk
    /// Closed by a child that goes on without it.
    let lock: Int32
    private var descriptor: Int32 = -1
    private var bytes = 0

    /// How long another process may take with the ledger.
    private static let lockMilliseconds = 5000

    /// Opens and reads it; makes it where there is none.
    package init(
        _ folder: ActionFolder, disk: any RecorderDisk = LinuxDisk(),
        newID: () -> UInt64 = { UInt64.random(in: .min ... .max) }
    ) throws(ActionLedgerError) {
        self.folder = folder
        self.disk = disk
        let made = folder.make()
        guard made == 0 else { throw .unusable(path: folder.path, errno: -made) }
        lock = folder.lock("\(folder.path)/lock", milliseconds: Self.lockMilliseconds)
        guard lock >= 0 else {
            throw lock == -EWOULDBLOCK
                ? .busy(path: folder.path) : .unusable(path: folder.path, errno: -lock)
        }
        let found = disk.read(folder.ledger, limit: ActionLedger.readBytes)
        // One that is there and cannot be read is not one that is new.
        if found == nil, disk.size(folder.ledger) != nil {
            close(lock)
            throw .unusable(path: folder.ledger, errno: EIO)
        }
        ledger = ActionLedger(found ?? [])
        if let damage = ledger.damage {
            close(lock)
            throw .damaged(path: folder.ledger, damage)
        }
        do throws(ActionLedgerError) {
            try openFile(cutFrom: found?.count ?? 0)
            if ledger.id.isEmpty {
                try append(ActionLedger.opening(String(newID(), radix: 16)), lasts: true)
                try makeLast(folder.path)
            }
        } catch {
            if descriptor >= 0 { disk.close(descriptor) }
            close(lock)
            throw error
        }
    }

    deinit {
        if descriptor >= 0 { disk.close(descriptor) }
        close(lock)
    }

    private func openFile(cutFrom size: Int) throws(ActionLedgerError) {
        descriptor = disk.openAppending(folder.ledger)
        guard descriptor >= 0 else { throw .unusable(path: folder.ledger, errno: -descriptor) }
        bytes = ledger.wholeBytes
        guard size > bytes else { return }
        let cut = disk.truncate(descriptor, to: UInt64(bytes))
        guard cut == 0 else { throw .unusable(path: folder.ledger, errno: -cut) }
    }

    /// Writes lines behind the others; with `lasts` they are on the disk when this returns.
    package func append(_ lines: [UInt8], lasts: Bool) throws(ActionLedgerError) {
        let count = disk.write(descriptor, lines.span)
        guard count == lines.count else {
            _ = disk.truncate(descriptor, to: UInt64(bytes))
            throw .unusable(path: folder.ledger, errno: count < 0 ? Int32(clamping: -count) : ENOSPC)
        }
        if lasts {
            let status = disk.sync(descriptor)
            // Whether it is on the disk nobody knows: it is not asked for a second time, and nothing is started.
            guard status == 0 else { throw .unusable(path: folder.ledger, errno: -status) }
        }
        bytes += lines.count
        ledger.take(lines)
    }

    package func makeLast(_ path: String) throws(ActionLedgerError) {
        let status = disk.syncFolder(path)
        guard status == 0 else { throw .unusable(path: path, errno: -status) }
    }

    /// Writes it anew where it has grown, and takes the folders of orders away that it knows no longer.
    package func compact() throws(ActionLedgerError) {
        guard bytes > ActionLedger.bytesMax else { return }
        let (lines, left) = ledger.compacted()
        let new = "\(folder.ledger).new"
        _ = disk.remove(new)
        let file = disk.openAppending(new)
        guard file >= 0 else { return }
        let isWritten = disk.write(file, lines.span) == lines.count && disk.sync(file) == 0
        disk.close(file)
        guard isWritten, disk.rename(new, folder.ledger) == 0 else { return }
        // What is appended from here on goes into the new file; without it nothing is started.
        disk.close(descriptor)
        descriptor = disk.openAppending(folder.ledger)
        guard descriptor >= 0 else { throw .unusable(path: folder.ledger, errno: -descriptor) }
        bytes = lines.count
        ledger = ActionLedger(lines)
        try makeLast(folder.path)
        for id in left where ActionFolder.isID(id) { removeFolder(id) }
    }

    /// Outputs beyond those of the newest orders, which would fill the disk.
    package func dropOldOutputs() {
        let ended = ledger.entries.filter { $0.state != .open }
        for entry in ended.dropLast(Self.outputsKept) where ActionFolder.isID(entry.id) {
            _ = disk.remove(folder.output(entry.id))
        }
    }

    private static let outputsKept = 20

    private func removeFolder(_ id: String) {
        for path in [folder.output(id), folder.result(id), folder.alive(id), folder.cancel(id)] {
            _ = disk.remove(path)
        }
        _ = unsafe rmdir(folder.folder(id))
    }
}

/// Why the ledger cannot be used: then nothing is started.
package enum ActionLedgerError: Error, Equatable, CustomStringConvertible {
    case unusable(path: String, errno: Int32)
    case busy(path: String)
    case damaged(path: String, String)

    package var description: String {
        switch self {
        case .unusable(let path, let errno):
            "\(path): cannot be used (\(LogSourceError.reason(errno))), so nothing is started; check its owner, mode and disk"
        case .busy(let path): "\(path): another martlet-agent has held its lock for 5 s; look for its process"
        case .damaged(let path, let what):
            "\(path): \(what), so nothing is started; see what ran in the log (authpriv), then move the file away"
        }
    }
}
