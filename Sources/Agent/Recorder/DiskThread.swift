import CLinux
import Glibc

/// The agent's second thread: follows logs, records frames and syncs, and may wait for a disk as long as that takes.
package final class DiskThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    private let thread: pthread_t
    private let queue: FrameQueue

    /// Starts the thread, which makes the follower itself: it belongs to no other. nil where no thread can be had.
    package init?(_ queue: FrameQueue, follower make: @escaping @Sendable () -> LogFollower?) {
        self.queue = queue
        let body = Body {
            guard let follower = make() else {
                queue.end()
                return
            }
            Self.run(follower, queue)
        }
        var thread = pthread_t()
        let context = unsafe Unmanaged.passRetained(body).toOpaque()
        // Signals are the sampling thread's, which reads them from a descriptor; here they would end the process unsaved.
        var (all, before) = (sigset_t(), sigset_t())
        unsafe sigfillset(&all)
        unsafe pthread_sigmask(SIG_SETMASK, &all, &before)
        let status = unsafe pthread_create(
            &thread, nil,
            { context in
                guard let context = unsafe context else { return nil }
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                return nil
            }, context)
        unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        guard status == 0 else {
            unsafe Unmanaged<Body>.fromOpaque(context).release()
            return nil
        }
        self.thread = thread
    }

    /// Lets the thread write and commit what there is, and waits for its end.
    package func end() {
        queue.end()
        _ = pthread_join(thread, nil)
    }

    private static let stepMilliseconds: Int32 = 100

    /// Waits for lines and frames, and takes both at most ten times a second: what comes between is read in one go.
    static func run(_ follower: LogFollower, _ queue: FrameQueue) {
        var hasMore = false
        var waiting = [pollfd(), pollfd()]
        while true {
            waiting[0] = pollfd(fd: follower.tails.descriptor, events: Int16(POLLIN), revents: 0)
            waiting[1] = pollfd(fd: queue.bell, events: Int16(POLLIN), revents: 0)
            _ = unsafe waiting.withUnsafeMutableBufferPointer {
                unsafe poll($0.baseAddress, 2, hasMore ? 0 : 1000)
            }
            let (started, cpu) = (AgentLoop.monotonicNanoseconds(), clinux_thread_cpu())
            let now = AgentLoop.now()
            // Asked before the queue is emptied: what was pushed before the end is in it.
            let isEnded = queue.isEnded
            for item in queue.drain() {
                follower.recorder.append(
                    item.frames, opening: item.opening, isSnapshot: item.isSnapshot, at: now)
            }
            hasMore = follower.step(at: now)
            guard !isEnded else {
                follower.end(at: now)
                return
            }
            rest(follower, since: started, cpu: clinux_thread_cpu() - cpu, hasMore)
        }
    }

    /// Leaves the rest of a tenth of a second to others and, while catching up, so much more that the share of a core that
    /// the options allow is kept.
    private static func rest(_ follower: LogFollower, since started: UInt64, cpu: UInt64, _ hasMore: Bool) {
        let passed = (AgentLoop.monotonicNanoseconds() - started) / 1_000_000
        var milliseconds = UInt64(stepMilliseconds)
        if hasMore { milliseconds = cpu / 1_000_000 * 100 / max(1, min(100, follower.catchUpPercent)) }
        if milliseconds > passed { poll(nil, 0, Int32(clamping: min(milliseconds - passed, 2000))) }
    }
}
