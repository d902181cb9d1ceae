import CLinux
import Glibc

/// Asks statfs(2) of many paths in a child process, because on a dead network mount the call never returns and no
/// signal ends it.
///
/// The answers stand in shared memory as they come; the pipe's end says that all are there. A child that hangs is
/// given up with its memory, so that what it may still write is seen by nobody.
@safe struct StatfsChild: ~Copyable {
    struct Answer: Equatable {
        var error: Int32 = 0
        var sizeBytes: Int64 = 0
        var freeBytes: Int64 = 0
        var availableBytes: Int64 = 0
        var files: Int64 = 0
        var filesFree: Int64 = 0
    }

    /// Where one question is; a dead NFS server leaves it asked for ever.
    enum Progress: Equatable {
        case waiting, asked
        case answered(Answer)
    }

    private let answers: UnsafeMutablePointer<clinux_statfs>
    private let capacity: Int
    private(set) var pid: Int32 = -1
    /// The pipe's end; negative once it has ended.
    private(set) var descriptor: Int32 = -1

    /// Room for `capacity` paths; nil when the system has no memory to share.
    init?(capacity: Int) {
        guard let answers = unsafe clinux_statfs_map(capacity) else { return nil }
        unsafe self.answers = unsafe answers
        self.capacity = capacity
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        unsafe clinux_statfs_unmap(answers, capacity)
    }

    /// Starts a child for `count` paths that stand one after another, each with its NUL.
    mutating func start(_ paths: [UInt8], count: Int) throws(ProbeError) {
        precondition(
            count <= capacity && descriptor < 0, "one child at a time, for no more than there is room")
        var output: Int32 = -1
        let started = unsafe paths.withUnsafeBytes { bytes in
            unsafe clinux_statfs_start(
                bytes.baseAddress?.assumingMemoryBound(to: CChar.self), count, answers, &output)
        }
        guard started > 0 else { throw .unreadable(path: "fork", errno: -started) }
        pid = started
        descriptor = output
    }

    /// Reads the pipe's end; true when the child is done.
    mutating func hasEnded() -> Bool {
        guard descriptor >= 0 else { return true }
        var byte: UInt8 = 0
        let count = unsafe read(descriptor, &byte, 1)
        guard count >= 0 || (errno != EAGAIN && errno != EINTR) else { return false }
        close(descriptor)
        descriptor = -1
        return true
    }

    func progress(_ place: Int) -> Progress {
        precondition(place < capacity, "an answer that was asked for")
        let answer = unsafe answers.advanced(by: place)
        switch unsafe clinux_statfs_state(answer) {
        case UInt32(CLINUX_STATFS_WAITING): return .waiting
        case UInt32(CLINUX_STATFS_ASKED): return .asked
        default: return .answered(Answer(unsafe answer.pointee))
        }
    }
}

extension StatfsChild.Answer {
    fileprivate init(_ found: clinux_statfs) {
        func bytes(_ blocks: UInt64) -> Int64 {
            let (product, overflow) = blocks.multipliedReportingOverflow(by: found.block_bytes)
            return overflow ? .max : Int64(clamping: product)
        }
        error = found.error
        guard found.error == 0 else { return }
        sizeBytes = bytes(found.blocks)
        freeBytes = bytes(found.free)
        availableBytes = bytes(found.available)
        files = Int64(clamping: found.files)
        filesFree = Int64(clamping: found.files_free)
    }
}
