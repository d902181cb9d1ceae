import Agent
import Glibc

/// A disk in memory that knows what would survive a power cut, and that fails or dies at a chosen call.
package final class SimulatedDisk: RecorderDisk {
    private final class File {
        var bytes: [UInt8] = []
        /// What a power cut leaves of it.
        var lasting: [UInt8] = []
    }

    private var names: [String: File] = [:]
    /// The names that a power cut leaves.
    private var lastingNames: [String: File] = [:]
    private var open: [Int32: File] = [:]
    private var nextDescriptor: Int32 = 100
    private var isLocked = false

    /// Calls that change something, so far.
    package private(set) var calls = 0
    /// The call at which the process dies: it and all later ones do nothing. A write at it leaves a part.
    package var diesAt = Int.max
    /// The errno of every write, sync and rename from now on; 0 for none.
    package var failure: Int32 = 0
    package var freeBytes: UInt64 = 1 << 40
    /// Bytes that a failing write writes nevertheless.
    package var partBytes = 0

    package init() {}

    private var isDead: Bool { calls >= diesAt }

    private func call() -> Bool {
        defer { calls += 1 }
        return calls < diesAt
    }

    /// The process is gone; what it wrote is there.
    package func processEnds() {
        open = [:]
        isLocked = false
        diesAt = .max
    }

    /// The machine is gone: what was not synced is lost, or some of it, as `keeps` says for each byte of a file's end.
    package func powerIsCut(keeping part: Double) {
        processEnds()
        names = lastingNames
        for file in names.values {
            let unsynced = file.bytes.count - file.lasting.count
            if unsynced > 0, file.bytes.starts(with: file.lasting) {
                file.bytes.removeLast(unsynced - Int(Double(unsynced) * part))
            } else {
                file.bytes = file.lasting
            }
            file.lasting = file.bytes
        }
    }

    package var totalBytes: Int { names.values.reduce(0) { $0 + $1.bytes.count } }

    /// Damages a byte of the newest segment.
    package func flip(_ place: Int, ofFile suffix: String) {
        guard let name = names.keys.filter({ $0.hasSuffix(suffix) }).max(), let file = names[name],
            place < file.bytes.count
        else { return }
        file.bytes[place] ^= 0x55
        file.lasting = file.bytes
    }

    package func makeFolder(_ path: String) -> Int32 { 0 }

    package func names(in folder: String) -> [String]? {
        names.keys.filter { $0.hasPrefix(folder + "/") }.map { String($0.dropFirst(folder.utf8.count + 1)) }
    }

    package func lock(_ path: String) -> Int32 {
        guard !isLocked else { return -EWOULDBLOCK }
        isLocked = true
        return 99
    }

    package func openAppending(_ path: String) -> Int32 {
        guard call() else { return -EIO }
        if failure != 0, names[path] == nil { return -failure }
        let file = names[path] ?? File()
        names[path] = file
        nextDescriptor += 1
        open[nextDescriptor] = file
        return nextDescriptor
    }

    package func write(_ descriptor: Int32, _ bytes: Span<UInt8>) -> Int {
        guard let file = open[descriptor] else { return -Int(EBADF) }
        let isLast = calls + 1 == diesAt
        guard call() else { return -Int(EIO) }
        let count = failure != 0 ? min(partBytes, bytes.count) : isLast ? bytes.count / 2 : bytes.count
        for place in 0..<count { file.bytes.append(bytes[place]) }
        return failure != 0 && count == 0 ? -Int(failure) : count
    }

    package func sync(_ descriptor: Int32) -> Int32 {
        guard call(), let file = open[descriptor] else { return -EIO }
        guard failure == 0 else { return -failure }
        file.lasting = file.bytes
        return 0
    }

    package func truncate(_ descriptor: Int32, to size: UInt64) -> Int32 {
        guard call(), let file = open[descriptor] else { return -EIO }
        if file.bytes.count > Int(size) { file.bytes.removeLast(file.bytes.count - Int(size)) }
        if file.lasting.count > Int(size) { file.lasting.removeLast(file.lasting.count - Int(size)) }
        return 0
    }

    package func close(_ descriptor: Int32) {
        if descriptor == 99 { isLocked = false }
        open[descriptor] = nil
    }

    package func read(_ path: String, limit: Int) -> [UInt8]? {
        names[path].map { Array($0.bytes.prefix(limit)) }
    }
    package func size(_ path: String) -> UInt64? { names[path].map { UInt64($0.bytes.count) } }

    package func rename(_ from: String, _ to: String) -> Int32 {
        guard call() else { return -EIO }
        guard failure == 0 else { return -failure }
        names[to] = names.removeValue(forKey: from)
        return 0
    }

    package func remove(_ path: String) -> Int32 {
        guard call() else { return -EIO }
        return names.removeValue(forKey: path) == nil ? -ENOENT : 0
    }

    package func syncFolder(_ path: String) -> Int32 {
        guard call() else { return -EIO }
        guard failure == 0 else { return -failure }
        lastingNames = names
        return 0
    }

    package func space(_ path: String) -> (free: UInt64, all: UInt64)? { (freeBytes, 1 << 40) }
}
