import CLinux
import Glibc
package import Telemetry
import Wire

/// The agent's one thread: samples at each expiry of the timer and sends the same frames to all who read: the standard
/// streams, connections to the recorder's socket, the recorder itself. Takes their messages, and ends on SIGTERM or with
/// the standard input.
package final class AgentLoop {
    /// How one of the commands `stream`, `run` and `once` uses the loop.
    package struct Options {
        package var intervalMilliseconds: UInt32 = 1000
        /// Ends after so many ticks; 0 for never.
        package var ticks: UInt64 = 0
        /// Frames as readable lines instead of bytes.
        package var isText = false
        /// Whether the standard streams are a reader; without one there is the recorder.
        package var hasStandardLink = true
        /// Ends with a second tick, once logs were read to their end.
        package var isOneRound = false
        /// A recorder that others write, or wrote.
        package var past: Past?

        package init() {}
    }

    /// A recorder's folder, and the beginning of its oldest segment.
    package struct Past {
        package var folder: String
        package var oldest: Timestamp
    }

    /// A round that takes longer ends without the rest of the logs, which the next one reads.
    private static let roundNanoseconds: UInt64 = 45_000_000_000

    let sampler: Sampler
    let own: SelfProbe
    let sources: [any LoopSource]
    let processes: (any ProcessSource)?
    let paths: AgentPaths
    var options: Options
    let recording: Recording?
    let host: String?
    let nonce: UInt64
    var encoder = SampleEncoder()
    var links: [AgentLink] = []
    let reaper: ChildReaper
    var ticks: UInt64 = 0
    var isSnapshotDue = true
    /// Boot nanoseconds of the last snapshot.
    var snapshotAt: UInt64 = 0
    private var startedAt: UInt64 = 0
    /// Why the agent ends; nil while it goes on. The first reason holds.
    var ending: String?
    /// Whether it ends to begin again in the same process, with another configuration.
    private(set) var isToStartAnew = false
    /// Why the recorder's disk takes nothing, as it was told last.
    var toldProblem: String?
    var timer = TickTimer()
    private var waiting: [pollfd] = []
    /// Reads the configuration again, on SIGHUP; without one, that ends the stream.
    package var reload: (() -> Void)?
    /// Where orders go; without one, all are refused.
    package var couriers: ActionCouriers?
    /// What was wrong with a configuration that was sent; told with the facts.
    var sentProblem: String?
    /// Whether a round may end, as far as others know.
    package var mayEndRound: () -> Bool = { true }

    /// `opening` is of a stream whose hello is out already.
    init(
        sampler: Sampler, own: SelfProbe, sources: [any LoopSource], processes: (any ProcessSource)?,
        paths: AgentPaths, options: Options, recording: Recording? = nil, host: String? = nil,
        opening: StreamOpening? = nil, reaper: ChildReaper = ChildReaper()
    ) {
        self.reaper = reaper
        nonce = opening?.nonce ?? UInt64.random(in: .min ... .max)
        self.sampler = sampler
        self.own = own
        self.sources = sources
        self.processes = processes
        self.paths = paths
        self.options = options
        self.recording = recording
        self.host = host
        if options.hasStandardLink {
            links.append(opening?.link ?? AgentLink(standardAsText: options.isText))
        }
    }

    /// Runs to the end; the exit status.
    package func run() -> Int32 {
        let signals = clinux_signals()
        startedAt = Self.monotonicNanoseconds()
        guard signals >= 0, timer.start(milliseconds: interval) else { return 71 }
        for link in links {
            greet(link)
            for effect in link.early { perform(effect, for: link) }
            link.early = []
        }
        tick()
        timer.planSecond(after: Self.now().wall)
        while ending == nil {
            wait(signals)
            guard ending == nil else { break }
            if options.isOneRound { endRound() }
        }
        goodbye()
        return 0
    }

    private func wait(_ signals: Int32) {
        waiting.removeAll(keepingCapacity: true)
        waitFor(timer.descriptor, POLLIN)
        waitFor(signals, POLLIN)
        waitFor(recording?.listener ?? -1, POLLIN)
        waitFor(couriers?.descriptor ?? -1, POLLIN)
        for source in sources { waitFor(source.descriptor, POLLIN) }
        for link in links {
            waitFor(link.isHeard ? link.input : -1, POLLIN)
            waitFor(link.output.isWaiting ? link.output.descriptor : -1, POLLOUT)
            waitFor(link.replayDescriptor, POLLIN)
        }
        let count = nfds_t(waiting.count)
        let timeout = timer.millisecondsToSecond
        let ready = unsafe waiting.withUnsafeMutableBufferPointer {
            unsafe poll($0.baseAddress, count, timeout)
        }
        if timer.takeSecond() { tick() }
        guard ready > 0 else { return }
        if waiting[1].revents != 0 {
            guard Self.isHangup(signals), let reload else { return end("asked to stop") }
            reload()
        }
        serveLinks(from: 4 + sources.count)
        for place in sources.indices where waiting[4 + place].revents != 0 { sources[place].readable() }
        if waiting[3].revents != 0 { couriers?.readable() }
        relay()
        if waiting[2].revents != 0 { join() }
        if waiting[0].revents != 0 { expire() }
    }

    private func waitFor(_ descriptor: Int32, _ events: Int32) {
        waiting.append(pollfd(fd: descriptor, events: Int16(events), revents: 0))
    }

    private func serveLinks(from first: Int) {
        var isMoved = false
        for (place, link) in links.enumerated() {
            let base = first + 3 * place
            if waiting[base].revents != 0 { link.read { perform($0, for: link) } }
            if waiting[base + 1].revents != 0 { link.flush() }
            if waiting[base + 2].revents != 0, link.readReplay() { beginReplay(link) }
            isMoved = isMoved || waiting[base].revents != 0 || waiting[base + 1].revents != 0
        }
        if isMoved { sendLateTicks(at: Self.now()) }
        dropEndedLinks()
    }

    /// Whether the signal that came is SIGHUP: its number is the first of a signalfd_siginfo (signalfd(2)).
    private static func isHangup(_ signals: Int32) -> Bool {
        var facts = [16 of UInt64](repeating: 0)
        let count = unsafe withUnsafeMutableBytes(of: &facts) {
            unsafe read(signals, $0.baseAddress, $0.count)
        }
        return count == 128 && UInt32(truncatingIfNeeded: facts[0]) == UInt32(SIGHUP)
    }

    /// The shortest interval that anybody wants; a recorder's own among them.
    var interval: UInt32 {
        let wished = links.compactMap(\.wishes.intervalMilliseconds)
        if recording != nil || wished.isEmpty {
            return (wished + [options.intervalMilliseconds]).min() ?? 1000
        }
        return wished.min() ?? options.intervalMilliseconds
    }

    private func expire() {
        guard let expirations = timer.takeExpirations() else { return }
        // A machine that slept, or was too busy to run us: one tick now, the others are gaps.
        own.missedTicks &+= Int64(clamping: expirations - 1)
        tick()
    }

    /// A round is over when it has told all that the logs had.
    private func endRound() {
        let isLate = Self.monotonicNanoseconds() &- startedAt >= Self.roundNanoseconds
        guard ticks > 1, isLate || mayEndRound() && sampler.part?.isSettled ?? true else { return }
        tick()
        end("the round is over")
    }

    func end(_ reason: String) {
        ending = ending ?? reason
    }

    /// Ends as on SIGTERM; then whoever runs it starts the program anew.
    func startAnew() {
        guard ending == nil else { return }
        isToStartAnew = true
        end("starts anew with another configuration")
    }

    package static func now() -> TickTime {
        var wall = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &wall)
        var boot = timespec()
        unsafe clock_gettime(CLOCK_BOOTTIME, &boot)
        return TickTime(
            wall: Timestamp(milliseconds: Int64(wall.tv_sec) * 1000 + Int64(wall.tv_nsec) / 1_000_000),
            bootNanoseconds: UInt64(boot.tv_sec) * 1_000_000_000 + UInt64(boot.tv_nsec))
    }

    /// CLOCK_MONOTONIC in nanoseconds.
    package static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
