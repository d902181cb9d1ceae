import CLinux
import Glibc
package import Telemetry
import Wire

/// Something besides the probes that waits on a descriptor of its own: a helper's pipe, the D-Bus socket.
package protocol LoopSource: AnyObject {
    /// Waited on for reading; negative while there is nothing to wait for.
    var descriptor: Int32 { get }
    /// Whether somebody has been asked and has not answered yet.
    var awaitsAnswer: Bool { get }
    func readable()
    /// Called at each tick, before the probes are read.
    func tick(at now: TickTime)
}

extension LoopSource {
    package var awaitsAnswer: Bool { descriptor >= 0 }
    package func tick(at now: TickTime) {}
}

/// Reads the process table now and then; nil when this round is not one of its own.
package protocol ProcessSource: AnyObject {
    var wantsAllProcesses: Bool { get set }
    func scan(at now: TickTime) -> ProcessTable?
}

/// The agent's one thread: samples at each expiry of the timer, writes frames to `output`, takes the hub's
/// messages from `input`, and ends on SIGTERM or when the input ends.
package final class AgentLoop {
    package struct Options {
        package var intervalMilliseconds: UInt32 = 1000
        /// Ends after so many ticks; 0 for never.
        package var ticks: UInt64 = 0
        /// Frames as readable lines instead of bytes.
        package var isText = false

        package init() {}
    }

    /// By then every collector was read twice.
    private static let ticksUntilWarm: UInt64 = 12
    /// The second reading comes this soon after the first, so that whoever opens a screen sees rates at once.
    private static let secondTickNanoseconds: UInt64 = 100_000_000
    /// How long the last frames may wait for their reader.
    private static let farewellNanoseconds: UInt64 = 1_000_000_000
    /// How long until a snapshot lets a joiner in; less a little, because ticks come a little early.
    private static let snapshotNanoseconds: UInt64 = 59_500_000_000

    private let sampler: Sampler
    private let own: SelfProbe
    private let sources: [any LoopSource]
    private let processes: (any ProcessSource)?
    private let paths: AgentPaths
    private var options: Options
    private var encoder = SampleEncoder()
    /// A hub defines no series.
    private var decoder = FrameDecoder(seriesMax: 0)
    private var output: AgentOutput
    private var session = AgentSession()
    private var ticks: UInt64 = 0
    private var isSnapshotDue = true
    /// Boot nanoseconds of the last snapshot.
    private var snapshotAt: UInt64 = 0
    /// Why the stream ends; nil while it goes on. The first reason holds.
    private var ending: String?
    private var timer: Int32 = -1
    /// When the second tick is due, monotonic; nil once it was, or where the timer's first comes about as soon.
    private var secondTickAt: UInt64?
    private var input: [UInt8] = [UInt8](repeating: 0, count: 4096)
    private var waiting: [pollfd] = []
    /// Reads the configuration again, on SIGHUP; without one, that ends the stream.
    package var reload: (() -> Void)?
    /// Where orders go; without one, all are refused.
    package var couriers: ActionCouriers?

    package init(
        sampler: Sampler, own: SelfProbe, sources: [any LoopSource], processes: (any ProcessSource)?,
        paths: AgentPaths, options: Options
    ) {
        self.sampler = sampler
        self.own = own
        self.sources = sources
        self.processes = processes
        self.paths = paths
        self.options = options
        output = AgentOutput(descriptor: 1, isText: options.isText)
    }

    /// Runs to the end; the exit status.
    package func run() -> Int32 {
        let signals = clinux_signals()
        guard signals >= 0, startTimer() else { return 71 }
        let watchesInput = StandardStream.canGiveOrders(0)
        StandardStream.makeNonblocking(0)
        hello()
        tick()
        planSecondTick()
        while ending == nil {
            waiting.removeAll(keepingCapacity: true)
            waiting.append(pollfd(fd: timer, events: Int16(POLLIN), revents: 0))
            waiting.append(pollfd(fd: signals, events: Int16(POLLIN), revents: 0))
            waiting.append(pollfd(fd: watchesInput ? 0 : -1, events: Int16(POLLIN), revents: 0))
            waiting.append(pollfd(fd: output.isWaiting ? 1 : -1, events: Int16(POLLOUT), revents: 0))
            for source in sources {
                waiting.append(pollfd(fd: source.descriptor, events: Int16(POLLIN), revents: 0))
            }
            waiting.append(pollfd(fd: couriers?.descriptor ?? -1, events: Int16(POLLIN), revents: 0))
            let count = nfds_t(waiting.count)
            let timeout = secondTickTimeout()
            let ready = unsafe waiting.withUnsafeMutableBufferPointer {
                unsafe poll($0.baseAddress, count, timeout)
            }
            if secondTickTimeout() == 0 {
                secondTickAt = nil
                tick()
            }
            guard ready > 0 else { continue }
            if waiting[1].revents != 0 {
                guard Self.isHangup(signals), let reload else { break }
                reload()
            }
            if waiting[2].revents != 0 { readInput() }
            if waiting[3].revents != 0 { flush() }
            if waiting[2].revents != 0 || waiting[3].revents != 0 { sendLateTicks(at: Self.now()) }
            for place in sources.indices where waiting[4 + place].revents != 0 { sources[place].readable() }
            if waiting[4 + sources.count].revents != 0 { couriers?.readable() }
            relay()
            if waiting[0].revents != 0 { expire() }
        }
        goodbye()
        return 0
    }

    /// Whether the signal that came is SIGHUP: its number is the first of a signalfd_siginfo (signalfd(2)).
    private static func isHangup(_ signals: Int32) -> Bool {
        var facts = [16 of UInt64](repeating: 0)
        let count = unsafe withUnsafeMutableBytes(of: &facts) {
            unsafe read(signals, $0.baseAddress, $0.count)
        }
        return count == 128 && UInt32(truncatingIfNeeded: facts[0]) == UInt32(SIGHUP)
    }

    private func startTimer() -> Bool {
        if timer >= 0 { close(timer) }
        timer = clinux_timer(UInt64(options.intervalMilliseconds) * 1_000_000)
        return timer >= 0
    }

    private func planSecondTick() {
        let interval = UInt64(options.intervalMilliseconds) * 1_000_000
        let sinceBoundary = UInt64(clamping: Self.now().wall.milliseconds) * 1_000_000 % interval
        guard interval - sinceBoundary > 2 * Self.secondTickNanoseconds else { return }
        secondTickAt = Self.monotonicNanoseconds() + Self.secondTickNanoseconds
    }

    /// Milliseconds to wait for the second tick, rounded up; -1 for as long as it takes, where none is due.
    private func secondTickTimeout() -> Int32 {
        guard let due = secondTickAt else { return -1 }
        let now = Self.monotonicNanoseconds()
        return due <= now ? 0 : Int32(clamping: (due - now + 999_999) / 1_000_000)
    }

    private func expire() {
        var expirations: UInt64 = 0
        let count = unsafe withUnsafeMutableBytes(of: &expirations) { unsafe read(timer, $0.baseAddress, 8) }
        guard count == 8, expirations > 0 else { return }
        // A machine that slept, or was too busy to run us: one tick now, the others are gaps.
        own.missedTicks &+= Int64(clamping: expirations - 1)
        tick()
    }

    private func tick() {
        let now = Self.now()
        guard output.hasRoom, session.maySendTick() else {
            // The reader is slow, or gave no credit: whole ticks are left out, and a snapshot makes the next one whole.
            own.droppedTicks &+= 1
            isSnapshotDue = true
            return
        }
        for source in sources { source.tick(at: now) }
        couriers?.tick(at: now)
        sendLateTicks(at: now)
        let isSnapshot = isSnapshotDue || now.bootNanoseconds &- snapshotAt >= Self.snapshotNanoseconds
        if isSnapshot { snapshotAt = now.bootNanoseconds }
        sampler.tick(at: now, isSnapshot: isSnapshot, into: &encoder)
        isSnapshotDue = false
        if sampler.hasNewFacts { sendFacts() }
        if let table = processes?.scan(at: now) { encoder.append(.processes(host: "", table)) }
        ticks += 1
        flush()
        // Starting used three times the code that ticks use: two mebibytes that nobody needs from here on.
        if ticks == Self.ticksUntilWarm { clinux_drop_code() }
        if options.ticks > 0, ticks >= options.ticks { end("\(ticks) samples were asked for") }
    }

    /// Tells of the past what the reader takes; it may begin at a snapshot of this moment only.
    private func sendLateTicks(at now: TickTime) {
        guard let part = sampler.part, ticks > 0, !isSnapshotDue else { return }
        while part.hasLateTick, output.hasRoom, session.maySendLateTick() {
            part.appendLateTick(to: &encoder, at: now)
            flush()
        }
    }

    /// What is told of orders goes between ticks, as far as the reader takes it.
    private func relay() {
        guard let couriers else { return }
        if couriers.hasNews {
            couriers.hasNews = false
            encoder.append(.actions(couriers.declared))
        }
        while !output.isWaiting, let message = couriers.next() {
            encoder.append(message)
            flush()
        }
        flush()
    }

    private func hello() {
        let name = Attribute.text(paths.proc("sys/kernel/hostname"), ProbeBuffer()) ?? ""
        encoder.append(
            .hello(
                Hello(
                    program: "martlet-agent", programVersion: martletVersion, host: name,
                    nonce: UInt64.random(in: .min ... .max))))
        // Told also where there are none: who has heard nothing does not know.
        encoder.append(.actions(couriers?.declared ?? HostActions()))
        couriers?.hasNews = false
        sendFacts()
    }

    private func sendFacts() {
        sampler.hasNewFacts = false
        var facts = HostFacts.read(paths)
        facts.notApplicable = sampler.collectors.compactMap { collector in
            collector.notApplicable.map { Label(collector.probe.name, $0) }
        }
        facts.notApplicable += sampler.part?.notApplicable ?? []
        encoder.append(.facts(host: "", facts))
    }

    private func goodbye() {
        encoder.append(.goodbye(reason: ending ?? "asked to stop"))
        flush()
        // A reader that is only slow gets all of it, so that its last frame is whole.
        let deadline = Self.monotonicNanoseconds() &+ Self.farewellNanoseconds
        while output.isWaiting, Self.monotonicNanoseconds() < deadline {
            var waiting = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&waiting, 1, 100) >= 0, output.write(&encoder) else { return }
        }
    }

    private func end(_ reason: String) {
        ending = ending ?? reason
    }

    private func flush() {
        if !output.write(&encoder) { end("the reader closed its end") }
    }

    /// Takes in what waits, at most 64 KiB at a time: an input that never ends must not keep us from sampling, or from
    /// the signal that asks us to stop.
    private func readInput() {
        for _ in 0..<16 where ending == nil {
            let count = unsafe input.withUnsafeMutableBytes { unsafe read(0, $0.baseAddress, $0.count) }
            if count > 0 {
                let received = input
                decoder.append(received.span.extracting(0..<count))
                takeMessages()
                continue
            }
            if count == 0 || (errno != EAGAIN && errno != EINTR) { end("the reader closed its end") }
            return
        }
    }

    private func takeMessages() {
        do throws(WireError) {
            while let message = try decoder.next() { perform(session.receive(message)) }
        } catch {
            end("your frames cannot be read: \(error)")
        }
    }

    private func perform(_ effect: AgentSession.Effect) {
        switch effect {
        case .none: break
        case .sendSnapshot: isSnapshotDue = true
        case .sample(let interval, let wantsAll, let wantsLines):
            sampler.part?.showsLines = wantsLines
            processes?.wantsAllProcesses = wantsAll
            if interval != options.intervalMilliseconds {
                options.intervalMilliseconds = interval
                if !startTimer() { end("the kernel gave no timer") }
            }
        case .answer(let message): encoder.append(message)
        case .start(let order):
            guard let couriers else {
                let text = "this host declares no action"
                encoder.append(
                    .report(
                        Report(
                            id: order.id, state: .refused, exitStatus: 0, text: text, cause: .undeclared)))
                return
            }
            couriers.take(order)
        case .close(let reason): end(reason)
        }
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
