import CLinux
import Glibc
import Telemetry
import Wire

/// Looks now and then which logs there are to follow, by a disposable child: `martlet-agent discover`, whose proposal is
/// read as an agent.conf is. So the thread that samples waits for no disk, a file that upsets a reader upsets no stream,
/// and what a look needs of memory is gone with the child.
package final class LogDiscovery: LoopSource {
    package private(set) var descriptor: Int32 = -1
    package let awaitsAnswer = false
    /// Whether a look has ended, however.
    private(set) var hasLooked = false
    private let arguments: [String]
    private let paths: AgentPaths
    private let take: (DiscoveryProposal) -> Void
    private let listeners = ListenerWatch()
    private var pace = DiscoveryPace()
    private var child: Int32 = -1
    private var received: [UInt8] = []
    private var buffer: [UInt8] = []
    private var now = TickTime(wall: Timestamp(milliseconds: 0), bootNanoseconds: 0)

    /// A proposal of a thousand logs has a tenth of that.
    private static let proposalBytesMax = ConfigurationText.bytesMax

    /// `take` is called behind each look that ended well, from the loop. `program` is this one but in tests.
    package init(
        _ paths: AgentPaths, program: String = "/proc/self/exe",
        _ take: @escaping (DiscoveryProposal) -> Void
    ) {
        self.paths = paths
        self.take = take
        arguments = [
            program, "discover", "--output", "conf", "--path.procfs", paths.procfs, "--path.sysfs",
            paths.sysfs, "--path.rootfs", paths.rootfs,
        ]
    }

    deinit { end() }

    package func tick(at now: TickTime) {
        self.now = now
        let boot = now.bootNanoseconds
        if pace.isOverdue(at: boot) {
            end()
            hasLooked = true
            reap()
        } else if child > 0, descriptor < 0 {
            reap()
        }
        guard child < 0, pace.begins(at: boot, ask: listeners.sum) else { return }
        guard let started = OutputChild.start(arguments) else {
            return pace.ended(at: boot, cpuNanoseconds: DiscoveryPace.patience)
        }
        (child, descriptor) = started
        // Whoever serves here goes before it; with more than this it would starve on a busy machine.
        _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), id_t(child), 5)
        buffer = [UInt8](repeating: 0, count: 16_384)
    }

    package func readable() {
        while descriptor >= 0 {
            let descriptor = descriptor
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return }
            guard count > 0, received.count + count <= Self.proposalBytesMax else {
                if count != 0 { received = [] }
                closeOutput()
                reap()
                return
            }
            received += buffer[..<count]
        }
    }

    /// Ends a look that runs, with the process or because it takes too long.
    package func end() {
        closeOutput()
        received = []
        if child > 0 { clinux_kill(child) }
    }

    private func closeOutput() {
        if descriptor >= 0 { close(descriptor) }
        descriptor = -1
        buffer = []
    }

    /// Takes the proposal once its child is known to have ended well; one that has not ended yet is asked again at the
    /// next tick.
    private func reap() {
        var status: Int32 = 0
        var usage = rusage()
        let reaped = unsafe wait4(child, &status, WNOHANG, &usage)
        // Where SIGCHLD is ignored the kernel reaps, and tells nothing.
        guard reaped == child || reaped < 0 && errno == ECHILD else { return }
        child = -1
        hasLooked = true
        let proposed = received
        received = []
        pace.ended(
            at: now.bootNanoseconds,
            cpuNanoseconds: Self.nanoseconds(usage.ru_utime) + Self.nanoseconds(usage.ru_stime))
        guard status == 0, !proposed.isEmpty else { return }
        take(DiscoveryProposal(proposed, paths))
    }

    private static func nanoseconds(_ time: timeval) -> UInt64 {
        UInt64(clamping: time.tv_sec) * 1_000_000_000 + UInt64(clamping: time.tv_usec) * 1000
    }
}
