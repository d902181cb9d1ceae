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

/// The agent's one thread: samples at each expiry of the timer and sends the same frames to all who read: the standard
/// streams, connections to the recorder's socket, the recorder itself. Takes their messages, and ends on SIGTERM or with
/// the standard input.
package final class AgentLoop {
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

    package struct Past {
        package var folder: String
        package var oldest: Timestamp
    }

    /// By then every collector was read twice.
    private static let ticksUntilWarm: UInt64 = 12
    /// The second reading comes this soon after the first, so that whoever opens a screen sees rates at once.
    private static let secondTickNanoseconds: UInt64 = 100_000_000
    /// How long the last frames may wait for their reader.
    private static let farewellNanoseconds: UInt64 = 1_000_000_000
    /// How long until a snapshot lets a joiner in; less a little, because ticks come a little early.
    private static let snapshotNanoseconds: UInt64 = 59_500_000_000
    /// Of a recording that nobody reads a snapshot weighs as much as a minute of ticks, and a damaged frame is rare.
    private static let recordedSnapshotNanoseconds: UInt64 = 299_500_000_000
    /// A reader that keeps losing ticks makes the others pay for no more snapshots than one in this time.
    private static let patienceNanoseconds: UInt64 = 5_000_000_000
    /// After so many lost ticks in a row nothing waits for a reader any longer.
    private static let lostTicksMax: UInt64 = 10
    /// Late ticks between two looks at what else is due.
    private static let lateTicksAtOnce = 200
    /// A round that takes longer ends without the rest of the logs, which the next one reads.
    private static let roundNanoseconds: UInt64 = 45_000_000_000

    private let sampler: Sampler
    private let own: SelfProbe
    private let sources: [any LoopSource]
    private let processes: (any ProcessSource)?
    private let paths: AgentPaths
    private var options: Options
    private let recording: Recording?
    private let host: String?
    private let nonce = UInt64.random(in: .min ... .max)
    private var encoder = SampleEncoder()
    private var links: [AgentLink] = []
    private let reaper = ChildReaper()
    private var ticks: UInt64 = 0
    private var isSnapshotDue = true
    /// Boot nanoseconds of the last snapshot.
    private var snapshotAt: UInt64 = 0
    private var startedAt: UInt64 = 0
    /// Why the agent ends; nil while it goes on. The first reason holds.
    private var ending: String?
    /// Why the recorder's disk takes nothing, as it was told last.
    private var toldProblem: String?
    private var timer: Int32 = -1
    private var timerMilliseconds: UInt32 = 0
    /// When the second tick is due, monotonic; nil once it was, or where the timer's first comes about as soon.
    private var secondTickAt: UInt64?
    private var waiting: [pollfd] = []
    /// Reads the configuration again, on SIGHUP; without one, that ends the stream.
    package var reload: (() -> Void)?
    /// Where orders go; without one, all are refused.
    package var couriers: ActionCouriers?
    /// Whether a round may end, as far as others know.
    package var mayEndRound: () -> Bool = { true }

    package init(
        sampler: Sampler, own: SelfProbe, sources: [any LoopSource], processes: (any ProcessSource)?,
        paths: AgentPaths, options: Options, recording: Recording? = nil, host: String? = nil
    ) {
        self.sampler = sampler
        self.own = own
        self.sources = sources
        self.processes = processes
        self.paths = paths
        self.options = options
        self.recording = recording
        self.host = host
        if options.hasStandardLink { links.append(AgentLink(standardAsText: options.isText)) }
    }

    /// Runs to the end; the exit status.
    package func run() -> Int32 {
        let signals = clinux_signals()
        startedAt = Self.monotonicNanoseconds()
        guard signals >= 0, startTimer() else { return 71 }
        for link in links { greet(link) }
        tick()
        planSecondTick()
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
        waitFor(timer, POLLIN)
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
        let timeout = secondTickTimeout()
        let ready = unsafe waiting.withUnsafeMutableBufferPointer {
            unsafe poll($0.baseAddress, count, timeout)
        }
        if secondTickTimeout() == 0 {
            secondTickAt = nil
            tick()
        }
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

    // MARK: When

    /// The shortest interval that anybody wants; a recorder's own among them.
    private var interval: UInt32 {
        let wished = links.compactMap(\.wishes.intervalMilliseconds)
        if recording != nil || wished.isEmpty {
            return (wished + [options.intervalMilliseconds]).min() ?? 1000
        }
        return wished.min() ?? options.intervalMilliseconds
    }

    private func startTimer() -> Bool {
        if timer >= 0 { close(timer) }
        timerMilliseconds = interval
        timer = clinux_timer(UInt64(timerMilliseconds) * 1_000_000)
        return timer >= 0
    }

    private func planSecondTick() {
        let interval = UInt64(timerMilliseconds) * 1_000_000
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

    /// A round is over when it has told all that the logs had.
    private func endRound() {
        let isLate = Self.monotonicNanoseconds() &- startedAt >= Self.roundNanoseconds
        guard ticks > 1, isLate || mayEndRound() && sampler.part?.isSettled ?? true else { return }
        tick()
        end("the round is over")
    }

    // MARK: Ticks

    private func tick() {
        reaper.reap()
        let now = Self.now()
        for link in links {
            link.takes = link.maySendTick()
            link.lostTicks = link.takes ? 0 : link.lostTicks + 1
            // The reader is slow, or gave no credit: whole ticks are left out, and a snapshot makes the next one whole.
            if !link.takes {
                own.droppedTicks &+= 1
                link.needsSnapshot = true
            }
        }
        guard recording != nil || links.contains(where: \.takes) else {
            isSnapshotDue = true
            return
        }
        for source in sources { source.tick(at: now) }
        couriers?.tick(at: now)
        sendLateTicks(at: now)
        let isSnapshot = wantsSnapshot(at: now)
        if isSnapshot { snapshotAt = now.bootNanoseconds }
        sampler.tick(at: now, isSnapshot: isSnapshot, into: &encoder)
        isSnapshotDue = false
        ticks += 1
        deliver(isSnapshot: encoder.isSnapshot)
        if let recording, recording.problem != toldProblem {
            toldProblem = recording.problem
            sampler.hasNewFacts = true
        }
        if sampler.hasNewFacts {
            sampler.hasNewFacts = false
            let facts = facts()
            for link in links where link.ending == nil { link.send(facts) }
        }
        if let table = processes?.scan(at: now) {
            encoder.append(.processes(host: "", table))
            deliverToLinks()
            recording?.take(table)
        }
        dropEndedLinks()
        // Starting used three times the code that ticks use: two mebibytes that nobody needs from here on.
        if ticks == Self.ticksUntilWarm { clinux_drop_code() }
        if options.ticks > 0, ticks >= options.ticks { end("\(ticks) samples were asked for") }
    }

    private func wantsSnapshot(at now: TickTime) -> Bool {
        let passed = now.bootNanoseconds &- snapshotAt
        let period = links.isEmpty ? Self.recordedSnapshotNanoseconds : Self.snapshotNanoseconds
        if isSnapshotDue || passed >= period { return true }
        // Who is alone may have one at any time.
        let isShared = recording != nil || links.count > 1
        let lost =
            links.contains { $0.takes && $0.needsSnapshot && $0.hasHeard } || recording?.hasLost ?? false
        if links.contains(where: { $0.takes && $0.needsSnapshot && !$0.hasHeard }) { return true }
        return lost && (!isShared || passed >= Self.patienceNanoseconds)
    }

    /// Gives the frames of a tick to everybody who can read on with them.
    private func deliver(isSnapshot: Bool) {
        for link in links where link.takes && isSnapshot {
            link.needsSnapshot = false
            link.hasHeard = true
        }
        if let recording {
            let opening = recording.isOpened ? nil : openingFrames()
            let hasLines = sampler.part?.showsLines ?? false
            // A copy of its own: the encoder's buffer is as large as a snapshot.
            var frames: [UInt8] = []
            frames.reserveCapacity(encoder.bytes.count)
            frames.append(contentsOf: encoder.bytes)
            recording.push(frames, opening: opening, isSnapshot: isSnapshot, hasLines: hasLines)
        }
        deliverToLinks()
    }

    private func deliverToLinks() {
        encoder.drain { bytes in
            for link in links where link.takes && !link.needsSnapshot { link.output.append(bytes) }
        }
        for link in links where link.takes { link.flush() }
    }

    /// Tells of the past what everybody takes; it may begin at a snapshot of this moment only.
    private func sendLateTicks(at now: TickTime) {
        guard let part = sampler.part, ticks > 0, !isSnapshotDue else { return }
        let waited = links.filter {
            $0.ending == nil && !$0.needsSnapshot && $0.lostTicks < Self.lostTicksMax
        }
        guard recording != nil || !waited.isEmpty else { return }
        // Who takes the tick that comes is known already, and stays so.
        let taking = links.map(\.takes)
        defer { for (link, takes) in zip(links, taking) { link.takes = takes } }
        var left = Self.lateTicksAtOnce
        while part.hasLateTick, left > 0, waited.allSatisfy(\.maySendLateTick), recording?.hasRoom ?? true {
            left -= 1
            for link in links {
                link.takes =
                    link.ending == nil && !link.needsSnapshot && link.output.hasRoom
                    && link.session.maySendLateTick()
                if !link.takes, link.hasHeard { link.needsSnapshot = true }
            }
            part.appendLateTick(to: &encoder, at: now)
            deliver(isSnapshot: false)
        }
    }

    /// What is told of orders goes between ticks, to all who may give them: whoever does not know an order passes it over.
    private func relay() {
        guard let couriers else { return }
        let readers = links.filter(\.mayOrder)
        if couriers.hasNews {
            couriers.hasNews = false
            for link in readers { link.send(.actions(couriers.declared)) }
        }
        // Where nobody reads, it waits in the host's ledger.
        while readers.allSatisfy({ !$0.output.isWaiting }), let message = couriers.next() {
            for link in readers { link.send(message) }
        }
    }

    // MARK: Links

    private func join() {
        guard let recording, let (connection, user) = recording.accept() else { return }
        guard links.count < Recording.linksMax else {
            close(connection)
            return
        }
        let link = AgentLink(connection: connection, user: user)
        links.append(link)
        greet(link)
    }

    private func greet(_ link: AgentLink) {
        let name = host ?? Attribute.text(paths.proc("sys/kernel/hostname"), ProbeBuffer()) ?? ""
        link.send(
            .hello(
                Hello(
                    program: "martlet-agent", programVersion: martletVersion, host: name, nonce: nonce)))
        // Told also where there are none: who has heard nothing does not know.
        var actions = couriers?.declared ?? HostActions()
        if !link.mayOrder { actions = HostActions(refusal: AgentLink.mayNotOrder) }
        link.send(.actions(actions))
        link.send(facts())
    }

    private func facts() -> WireMessage {
        var facts = HostFacts.read(paths)
        facts.notApplicable = sampler.collectors.compactMap { collector in
            collector.notApplicable.map { Label(collector.probe.name, $0) }
        }
        facts.notApplicable += sampler.part?.notApplicable ?? []
        if let problem = toldProblem { facts.notApplicable.append(Label("recorder", problem)) }
        return .facts(host: "", facts)
    }

    /// What a recording's segments begin with.
    private func openingFrames() -> [UInt8] {
        let name = host ?? Attribute.text(paths.proc("sys/kernel/hostname"), ProbeBuffer()) ?? ""
        let hello = Hello(program: "martlet-agent", programVersion: martletVersion, host: name, nonce: nonce)
        return FrameEncoder.frame(.hello(hello)) + FrameEncoder.frame(facts())
    }

    private func dropEndedLinks() {
        guard links.contains(where: { $0.ending != nil }) else { return }
        for link in links where link.ending != nil && link.isStandard { end(link.ending ?? "") }
        guard ending == nil else { return }
        for link in links where link.ending != nil { link.send(.goodbye(reason: link.ending ?? "")) }
        links.removeAll { $0.ending != nil }
        applyWishes()
    }

    /// Says goodbye; a reader that is only slow gets all of it, so that its last frame is whole.
    private func goodbye() {
        for link in links { link.send(.goodbye(reason: link.ending ?? ending ?? "asked to stop")) }
        let deadline = Self.monotonicNanoseconds() &+ Self.farewellNanoseconds
        while let link = links.first(where: { $0.output.isWaiting }), Self.monotonicNanoseconds() < deadline {
            var waiting = pollfd(fd: link.output.descriptor, events: Int16(POLLOUT), revents: 0)
            guard unsafe poll(&waiting, 1, 100) >= 0 else { return }
            guard waiting.revents == 0 || link.output.flush() else {
                links.removeAll { $0 === link }
                continue
            }
        }
    }

    private func end(_ reason: String) {
        ending = ending ?? reason
    }

    // MARK: What a reader asks for

    private func perform(_ effect: AgentSession.Effect, for link: AgentLink) {
        switch effect {
        case .none: break
        case .greeted:
            let now = Self.now().wall
            if let have = recording?.have(at: now) {
                link.send(have)
            } else if let past = options.past, past.oldest < now {
                link.send(.have(from: past.oldest, to: now))
            }
        case .sendSnapshot: link.needsSnapshot = true
        case .sample(let interval, let wantsAll, let wantsLines):
            link.wishes = AgentLink.Wishes(
                intervalMilliseconds: interval, wantsAllProcesses: wantsAll, wantsLines: wantsLines)
            applyWishes()
        case .replay(let from, let to, let step):
            link.nextReplay = ReplayRequest(from: from, to: to, stepMilliseconds: step)
            if link.replay == nil { beginReplay(link) }
        case .answer(let message): link.send(message)
        case .start(let order):
            guard let couriers else {
                let text = "this host declares no action"
                return link.send(
                    .report(
                        Report(
                            id: order.id, state: .refused, exitStatus: 0, text: text, cause: .undeclared)))
            }
            couriers.take(order)
        case .close(let reason): link.end(reason)
        }
    }

    /// What one of them wants all get; the shortest interval holds.
    private func applyWishes() {
        sampler.part?.showsLines = links.contains { $0.wishes.wantsLines }
        processes?.wantsAllProcesses = links.contains { $0.wishes.wantsAllProcesses }
        if interval != timerMilliseconds, !startTimer() { end("the kernel gave no timer") }
    }

    private func beginReplay(_ link: AgentLink) {
        guard let request = link.nextReplay else { return }
        link.nextReplay = nil
        if let folder = recording?.folder ?? options.past?.folder {
            link.replay = ReplayChild(request, folder: folder, reaper)
        }
        // An empty span: nothing is recorded, or nobody can read it.
        if link.replay == nil { link.send(.have(from: request.to, to: request.to)) }
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
