import CLinux
import Glibc

/// Reads files that may hang whoever reads them, by a disposable child: the arguments of a process whose memory map is
/// locked, a file of a disk. Answers come by a pipe; a file that does not answer is given up, and its child with it.
package final class PatientReader: LoopSource {
    /// What a file held; nil when it cannot be read, or nobody has the time.
    package typealias Take = ([UInt8]?) -> Void

    /// A file, or a folder with its entries as getdents(2) gives them.
    package struct File {
        package let bytes: [UInt8]
        /// When it was last changed, in milliseconds since 1970.
        package let modified: Int64
    }

    private struct Request {
        let path: String
        let limit: UInt32
        let take: (File?) -> Void
    }

    /// Starts a child for paths with their NULs and their limits, sets the pipe's end, gives the pid or -errno.
    package typealias Start = (_ paths: [UInt8], _ limits: [UInt32], _ output: inout Int32) -> Int32

    /// Files that wait for a child; more are refused.
    package static let waitingMax = 16_384
    /// Files that one child reads.
    private static let batchMax = 256
    /// Children that hang in the kernel and cannot be ended; with more, nothing is read any longer.
    private static let stuckChildrenMax = 8
    /// How long a file may take.
    private static let patienceNanoseconds: UInt64 = 1_500_000_000

    private let startChild: Start
    private var waiting: [Request] = []
    /// What the child reads, in its order, and how many it has answered.
    private var asked: [Request] = []
    private var answered = 0
    private var received: [UInt8] = []
    private var child: Int32 = -1
    private var leaving: [Int32] = []
    /// When the child was last heard of, and the last tick.
    private var movedAt: UInt64 = 0
    private var time: UInt64 = 0
    private var buffer = [UInt8](repeating: 0, count: 16_384)
    /// Files that took too long.
    package private(set) var stuckCount: UInt64 = 0
    /// Files that nobody was asked for, because too many waited or too many children hang.
    package private(set) var refusedCount: UInt64 = 0

    package private(set) var descriptor: Int32 = -1

    /// `start` is another one in tests, whose child hangs.
    package init(start: @escaping Start = PatientReader.startChild) {
        startChild = start
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if child > 0 { _ = kill(child, SIGKILL) }
    }

    package var isIdle: Bool { waiting.isEmpty && child < 0 }

    /// Asks for the first `limit` bytes of a file; `take` is called once, from `readable` or `tick`. False when refused.
    package func ask(_ path: String, limit: Int, _ take: @escaping Take) -> Bool {
        askFile(path, limit: limit) { take($0?.bytes) }
    }

    /// The same, with the time of the file's last change.
    package func askFile(_ path: String, limit: Int, _ take: @escaping (File?) -> Void) -> Bool {
        guard waiting.count < Self.waitingMax, leaving.count < Self.stuckChildrenMax, !path.utf8.contains(0)
        else {
            refusedCount &+= 1
            return false
        }
        waiting.append(Request(path: path, limit: UInt32(clamping: limit), take: take))
        return true
    }

    /// Starts what waits and gives up what hangs; called once a tick, and after asking. `time` is CLOCK_BOOTTIME.
    package func tick(at time: UInt64) {
        self.time = time
        leaving.removeAll { clinux_reap($0) != 0 }
        if child > 0, time &- movedAt >= Self.patienceNanoseconds { giveUp() }
        startNext()
    }

    private func startNext() {
        guard child < 0, !waiting.isEmpty else { return }
        guard leaving.count < Self.stuckChildrenMax else { return refuseAll() }
        movedAt = time
        asked = Array(waiting.prefix(Self.batchMax))
        waiting.removeFirst(asked.count)
        answered = 0
        received.removeAll(keepingCapacity: true)
        var paths: [UInt8] = []
        for request in asked {
            paths.append(contentsOf: request.path.utf8)
            paths.append(0)
        }
        var output: Int32 = -1
        let pid = startChild(paths, asked.map(\.limit), &output)
        guard pid > 0 else { return finish() }
        child = pid
        descriptor = output
    }

    package static func startChild(_ paths: [UInt8], _ limits: [UInt32], _ output: inout Int32) -> Int32 {
        unsafe paths.withUnsafeBytes { bytes in
            unsafe limits.withUnsafeBufferPointer { limits in
                unsafe clinux_read_start(
                    bytes.baseAddress?.assumingMemoryBound(to: CChar.self), limits.baseAddress, limits.count,
                    &output)
            }
        }
    }

    package func readable() {
        while descriptor >= 0 {
            let descriptor = descriptor
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0 {
                received.append(contentsOf: buffer[..<count])
                movedAt = time
                takeAnswers()
            } else if count < 0, errno == EINTR {
                continue
            } else if count < 0, errno == EAGAIN {
                return
            } else {
                end()
                startNext()
            }
        }
    }

    /// Answers begin with `clinux_read_answer`: the place, and the length or -errno, 4 bytes each, and 8 bytes of time.
    private func takeAnswers() {
        var offset = 0
        while received.count - offset >= Self.answerBytes, answered < asked.count {
            let length = Int(Int32(truncatingIfNeeded: number(offset + 4, bytes: 4)))
            guard number(offset, bytes: 4) == UInt64(answered), length <= Int(asked[answered].limit) else {
                return giveUp()
            }
            let start = offset + Self.answerBytes
            let end = start + max(0, length)
            guard end <= received.count else { break }
            let take = asked[answered].take
            answered += 1
            let modified = Int64(bitPattern: number(offset + 8, bytes: 8))
            take(length < 0 ? nil : File(bytes: Array(received[start..<end]), modified: modified))
            offset = end
        }
        received.removeFirst(offset)
    }

    private static let answerBytes = 16

    private func number(_ offset: Int, bytes count: Int) -> UInt64 {
        (0..<count).reduce(0) { $0 | UInt64(received[offset + $1]) << UInt64(8 * $1) }
    }

    /// The child is done: whatever it has not answered will not come.
    private func end() {
        close(descriptor)
        descriptor = -1
        leaving.append(child)
        child = -1
        finish()
    }

    private func finish() {
        let unanswered = asked[answered...]
        asked = []
        answered = 0
        for request in unanswered { request.take(nil) }
        leaving.removeAll { clinux_reap($0) != 0 }
    }

    /// Ends the child and leaves out the file that it hangs in; the files behind it are asked of another child.
    private func giveUp() {
        _ = kill(child, SIGKILL)
        stuckCount &+= 1
        let behind = asked[min(answered + 1, asked.count)...]
        waiting.insert(contentsOf: behind, at: 0)
        asked = Array(asked[..<min(answered + 1, asked.count)])
        if descriptor >= 0 { end() }
    }

    private func refuseAll() {
        let refused = waiting
        waiting = []
        refusedCount &+= UInt64(refused.count)
        for request in refused { request.take(nil) }
    }
}
