import CLinux
import Glibc
package import Telemetry
import Wire

/// A span of the recorder that somebody asks for, and the distance of its ticks.
package struct ReplayRequest: Equatable, Sendable {
    package var from: Timestamp
    package var to: Timestamp
    package var stepMilliseconds: UInt32

    package init(from: Timestamp, to: Timestamp, stepMilliseconds: UInt32) {
        self.from = from
        self.to = to
        self.stepMilliseconds = stepMilliseconds
    }
}

/// Reads the recorder for a link, by a disposable child: `martlet-agent replay`. So the thread that samples waits for no
/// disk, and what an hour of frames needs of memory is gone with the child.
final class ReplayChild {
    private(set) var descriptor: Int32
    private var pid: Int32
    private let reaper: ChildReaper
    private var isFirst = true
    private var buffer = [UInt8](repeating: 0, count: 48 << 10)
    private static let niceness: Int32 = 5

    /// nil where no process can be had.
    init?(_ request: ReplayRequest, folder: String, _ reaper: ChildReaper) {
        self.reaper = reaper
        let started = OutputChild.start([
            "/proc/self/exe", "replay", "--state", folder,
            "--from", "@\(request.from.milliseconds)", "--to", "@\(request.to.milliseconds)",
            "--step", "\(max(1000, request.stepMilliseconds))ms",
        ])
        guard let started else { return nil }
        (pid, descriptor) = started
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(pid), Self.niceness)
    }

    /// The next portion, the last one where nothing more comes; nil until there is one.
    func read() -> PastPortion? {
        while descriptor >= 0 {
            let descriptor = descriptor
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return nil }
            defer { isFirst = false }
            guard count > 0 else {
                end()
                return PastPortion(isFirst: isFirst, isLast: true, frames: [])
            }
            return PastPortion(isFirst: isFirst, isLast: false, frames: Array(buffer[..<count]))
        }
        return nil
    }

    /// Ends the child, whether it is done or not.
    func end() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        if pid > 0 {
            clinux_kill(pid)
            reaper.add(pid)
        }
        pid = -1
    }
}

/// Children that were ended and that the kernel has not let go yet.
final class ChildReaper {
    private var pids: [Int32] = []

    func add(_ pid: Int32) { pids.append(pid) }

    /// Takes on the children of the program that had this process before (``AgentLoop/startAnew()``); for a process that has none of
    /// its own yet.
    func adopt() {
        var ended: Int32
        repeat { ended = waitpid(-1, nil, WNOHANG) } while ended > 0
        if ended == 0 { pids += ProcessTree.children(of: getpid()) }
    }

    /// Once a tick.
    func reap() {
        if !pids.isEmpty { pids.removeAll { clinux_reap($0) != 0 } }
    }
}
