import CLinux
import Glibc
import Telemetry
import Wire

/// The process that takes one order to the ledger: it checks it, has it started, and tells what becomes of it in frames on its
/// output until it has ended. The agent that started it only passes the frames on; so nothing of the disk's pace reaches the
/// thread that samples, and another courier answers the same order in the same words at any later time.
struct ActionCourier {
    /// The word by which the agent starts itself for this; not for people.
    static let verb = "order"

    /// Between two looks at what nobody rings for.
    private static let lookMilliseconds: Int32 = 200
    /// Between two parts of output, so that a script that floods takes no more of the link than this allows.
    private static let partMilliseconds: UInt32 = 10
    /// What must be free beside the output's own share, so that the ledger and the result can always be written.
    private static let freeBytes: UInt64 = 4 << 20

    private let configuration: AgentConfiguration
    private let findings: [ConfigurationFinding]
    private let folder: ActionFolder
    private let order: Order
    private let began = AgentLoop.now()
    private let bootID = ProcessTree.text("/proc/sys/kernel/random/boot_id").trimmed

    /// `words` are the configuration's path and the state folder.
    static func run(_ words: [String]) -> Int32 {
        signal(SIGPIPE, SIG_IGN)
        guard words.count == 2, let order = readOrder() else { return 64 }
        let (configuration, findings) = AgentConfiguration.load(words[0])
        let courier = ActionCourier(
            configuration: configuration, findings: findings, folder: ActionFolder(state: words[1]),
            order: order)
        courier.serve()
        return 0
    }

    private init(
        configuration: AgentConfiguration, findings: [ConfigurationFinding], folder: ActionFolder,
        order: Order
    ) {
        self.configuration = configuration
        self.findings = findings
        self.folder = folder
        self.order = order
    }

    private static func readOrder() -> Order? {
        var decoder = FrameDecoder(seriesMax: 0)
        var bytes = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(0, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            decoder.append(bytes.span.extracting(0..<count))
            do throws(WireError) {
                if let message = try decoder.next() {
                    guard case .order(let order) = message else { return nil }
                    return order
                }
            } catch {
                return nil
            }
        }
    }

    private func serve() {
        if let finding = findings.first {
            return refuse(.undeclared, "its configuration has an error: \(finding)")
        }
        let bell: Int32
        do throws(ActionLedgerError) {
            bell = try take()
        } catch {
            return refuse(.ledger, error.description)
        }
        guard bell != Self.answered else { return }
        follow(bell)
    }

    private static let answered: Int32 = -2

    // MARK: The ledger

    /// Starts it if that may be; a descriptor that becomes readable when there is news of it, -1 where there is none, and
    /// `answered` where all is said.
    private func take() throws(ActionLedgerError) -> Int32 {
        let file = try LedgerFile(folder)
        if let entry = file.ledger[order.id] {
            note("repeated", [])
            return answer(entry) ? Self.answered : -1
        }
        for entry in file.ledger.entries where entry.state == .open {
            if let line = settled(entry) { try file.append(line, lasts: false) }
        }
        let now = AgentLoop.now()
        let check = OrderCheck(
            configuration: configuration, ledger: file.ledger, bootID: bootID,
            wallMilliseconds: now.wall.milliseconds, bootMilliseconds: now.bootMilliseconds)
        var entry = ActionLedger.Entry(id: order.id)
        entry.hub = order.hub
        entry.sequence = order.sequence
        entry.action = order.action
        entry.startedAt = now.wall.milliseconds
        switch check.decide(order, waitedMilliseconds: now.bootMilliseconds &- began.bootMilliseconds) {
        case .known(let entry): return answer(entry) ? Self.answered : -1
        case .refuse(let cause, let text, let freeIn):
            // Once refused is refused for ever: a copy of the order that comes later changes nothing.
            if ActionFolder.isID(order.id), cause != .replayed, cause != .ledger {
                try file.compact()
                try file.append(ActionLedger.refuse(entry, cause, text), lasts: true)
            }
            refuse(cause, text, freeIn: freeIn)
            return Self.answered
        case .start(let action, let values):
            entry.lock = action.lock
            entry.fence = order.fence
            entry.bootID = bootID
            entry.bootMilliseconds = now.bootMilliseconds
            entry.timeoutMilliseconds = action.timeoutMilliseconds
            entry.graceMilliseconds = action.graceMilliseconds
            entry.expectsReboot = action.expectsReboot
            entry.returnMilliseconds = action.returnMilliseconds
            entry.leavesProcesses = action.leavesProcesses
            return try start(entry, action, values, file)
        }
    }

    private func start(
        _ entry: ActionLedger.Entry, _ action: AgentConfiguration.Action, _ values: [Label],
        _ file: LedgerFile
    ) throws(ActionLedgerError) -> Int32 {
        let run: ActionRun
        do throws(ActionError) {
            run = try ActionRun(order, action, values, auditsToSyslog: configuration.auditsToSyslog)
        } catch {
            try file.append(ActionLedger.refuse(entry, .forbidden, error.description), lasts: true)
            refuse(.forbidden, error.description)
            return Self.answered
        }
        let needed = Self.freeBytes + ActionOutput.headBytes + action.keptOutputBytes
        if let space = LinuxDisk().space(folder.path), space.free < needed {
            refuse(.ledger, "\(folder.path): only \(space.free >> 20) MiB are free, so nothing is started")
            return Self.answered
        }
        file.dropOldOutputs()
        try file.compact()
        // From here on this id is never started again, whatever happens to whom.
        try file.append(ActionLedger.start(entry), lasts: true)
        guard unsafe mkdir(folder.folder(order.id), 0o700) == 0 else {
            throw .unusable(path: folder.folder(order.id), errno: errno)
        }
        try file.makeLast(folder.path)
        let alive = folder.lock(folder.alive(order.id), milliseconds: 0)
        guard alive >= 0 else { throw .unusable(path: folder.alive(order.id), errno: -alive) }
        let cancel = folder.openCancel(order.id)
        tell(Report(id: order.id, state: .accepted, exitStatus: 0, text: ""))
        note("start", order.parameters.pairs.map { ($0.name, $0.value) })
        var ends: [Int32] = [-1, -1]
        guard unsafe clinux_pipe(&ends) == 0 else { throw .unusable(path: folder.path, errno: errno) }
        let child = clinux_fork()
        if child == 0 {
            // The runner keeps the lock that says it lives, and lets go of the ledger's, which is this process's.
            close(ends[0])
            close(file.lock)
            var runner = ActionRunner(run, folder: folder, bell: ends[1], cancel: cancel)
            runner.runToEnd()
            _exit(0)
        }
        close(ends[1])
        if cancel >= 0 { close(cancel) }
        // The lock is the runner's now: it is held until the last copy of it is closed.
        close(alive)
        guard child > 0 else { throw .unusable(path: folder.path, errno: -child) }
        return ends[0]
    }

    /// The line that ends an open order whose runner is gone; nil while it or what it started lives.
    private func settled(_ entry: ActionLedger.Entry) -> [UInt8]? {
        guard !folder.isAlive(entry.id) else { return nil }
        let now = AgentLoop.now()
        if let report = result(entry.id) {
            return report.state == .unknown
                ? ActionLedger.unknown(entry.id, report.cause, report.text, at: now.wall.milliseconds)
                : ActionLedger.end(entry.id, at: now.wall.milliseconds)
        }
        guard entry.bootID == bootID else {
            let away = now.wall.milliseconds.subtractingReportingOverflow(entry.startedAt).partialValue
            let until = entry.timeoutMilliseconds &+ entry.returnMilliseconds
            guard entry.expectsReboot, UInt64(clamping: away) <= until else {
                return ActionLedger.unknown(
                    entry.id, .reboot, "the host was started anew while it ran", at: now.wall.milliseconds)
            }
            folder.write(
                Report(
                    id: entry.id, state: .ended, exitStatus: 0,
                    text: "the host came back after \(Durations.text(UInt64(clamping: away) / 1000 * 1000))",
                    startedAt: Timestamp(milliseconds: entry.startedAt), endedAt: now.wall))
            return ActionLedger.end(entry.id, at: now.wall.milliseconds)
        }
        let left = leftovers(entry)
        let isLate = now.bootMilliseconds &- entry.bootMilliseconds > entry.timeoutMilliseconds
        guard left.isEmpty || (isLate && entry.leavesProcesses) else {
            // Its time holds, though nobody watches it any more.
            if isLate {
                ActionGroup(entry.id)?.kill()
                for pid in left { kill(pid, SIGKILL) }
            }
            return nil
        }
        // What is left may be the service that it was to start.
        if left.isEmpty { ActionGroup(entry.id)?.remove() }
        return ActionLedger.unknown(
            entry.id, .none, "the process that watched it was killed, so how it ended is not known",
            at: now.wall.milliseconds)
    }

    private func leftovers(_ entry: ActionLedger.Entry) -> [Int32] {
        ProcessTree.bearing(entry.id).map(\.pid) + (ActionGroup(entry.id)?.processes ?? [])
    }

    private func result(_ id: String) -> Report? {
        guard let bytes = LinuxDisk().read(folder.result(id), limit: 1 << 16) else { return nil }
        var decoder = FrameDecoder(seriesMax: 0)
        decoder.append(bytes)
        do throws(WireError) {
            guard case .report(let report)? = try decoder.next() else { return nil }
            return report
        } catch {
            return nil
        }
    }

    // MARK: Telling

    /// Says what the ledger knows of an order that has ended; false while it is open.
    private func answer(_ entry: ActionLedger.Entry) -> Bool {
        switch entry.state {
        case .open: return false
        case .refused(let cause, let text):
            tell(Report(id: order.id, state: .refused, exitStatus: 0, text: text, cause: cause))
        case .unknown(let cause, let text):
            sendOutput()
            tell(
                result(order.id)
                    ?? Report(
                        id: order.id, state: .unknown, exitStatus: 0, text: text, cause: cause,
                        startedAt: Timestamp(milliseconds: entry.startedAt)))
        case .ended:
            sendOutput()
            tell(
                result(order.id)
                    ?? Report(
                        id: order.id, state: .unknown, exitStatus: 0,
                        text: "it ended, and how is no longer kept"))
        }
        return true
    }

    private func sendOutput() {
        guard var reader = ActionOutputReader(folder.output(order.id)) else { return }
        while let part = reader.next() {
            guard write(.output(OutputPart(id: order.id, offset: part.offset, bytes: part.bytes))) else {
                return
            }
        }
    }

    /// Tells of an order until it has ended. Without a bell it looks five times a second.
    private func follow(_ bell: Int32) {
        var bell = bell
        var hasTold = false
        var hasMore = false
        var pause = Self.lookMilliseconds
        guard var reader = waitForOutput(&bell) else { return }
        while true {
            let hadBell = bell >= 0
            hear(&bell, milliseconds: hasMore ? 0 : pause)
            // The kernel lets go of an ended runner's bell and of its lock in either order, a moment apart.
            pause =
                bell >= 0 ? Self.lookMilliseconds : hadBell ? 1 : min(2 * pause, Self.lookMilliseconds)
            // Looked at before the rest: what was written before its end is seen below.
            let isAlive = folder.isAlive(order.id)
            if !hasTold, let started = reader.startedAt {
                hasTold = true
                let report = Report(
                    id: order.id, state: .started, exitStatus: 0, text: "",
                    isWeaklyContained: ActionGroup.base == nil, startedAt: Timestamp(milliseconds: started))
                guard tell(report) else { return }
            }
            if let part = reader.next() {
                hasMore = true
                guard write(.output(OutputPart(id: order.id, offset: part.offset, bytes: part.bytes))) else {
                    return
                }
                clinux_pause(Self.partMilliseconds)
            } else {
                hasMore = false
                if !isAlive, finish() { return }
            }
        }
    }

    /// The runner makes the file first; nil where all is said without it, because the runner ended before.
    private func waitForOutput(_ bell: inout Int32) -> ActionOutputReader? {
        while true {
            let isAlive = folder.isAlive(order.id)
            if let reader = ActionOutputReader(folder.output(order.id)) { return reader }
            if !isAlive, finish() { return nil }
            hear(&bell, milliseconds: 1)
        }
    }

    /// Waits for news; a bell whose runner is gone is put away.
    private func hear(_ bell: inout Int32, milliseconds: Int32) {
        var waiting = pollfd(fd: bell, events: Int16(POLLIN), revents: 0)
        guard unsafe poll(&waiting, 1, milliseconds) > 0 else { return }
        var rings = [64 of UInt8](repeating: 0)
        let count = unsafe withUnsafeMutableBytes(of: &rings) { unsafe read(bell, $0.baseAddress, $0.count) }
        if count == 0 {
            close(bell)
            bell = -1
        }
    }

    /// The runner is gone: says how the order ended; false where what it started still lives.
    private func finish() -> Bool {
        do throws(ActionLedgerError) {
            let file = try LedgerFile(folder)
            guard let entry = file.ledger[order.id] else { return true }
            if entry.state == .open {
                guard let line = settled(entry) else { return false }
                try file.append(line, lasts: true)
            }
            guard let settled = file.ledger[order.id] else { return true }
            switch settled.state {
            case .unknown(let cause, let text):
                note("unknown", [("text", text)])
                tell(
                    result(order.id)
                        ?? Report(
                            id: order.id, state: .unknown, exitStatus: 0, text: text, cause: cause,
                            startedAt: Timestamp(milliseconds: settled.startedAt)))
            default:
                tell(result(order.id) ?? Report(id: order.id, state: .unknown, exitStatus: 0, text: ""))
            }
            return true
        } catch {
            return false
        }
    }

    private func refuse(_ cause: Report.Cause, _ text: String, freeIn: UInt64? = nil) {
        note("refused", [("cause", cause.word), ("text", text)])
        tell(
            Report(
                id: order.id, state: .refused, exitStatus: 0, text: text, cause: cause,
                freeInMilliseconds: freeIn))
    }

    private func note(_ event: String, _ words: [(String, String)]) {
        ActionAudit.note(
            event,
            [("id", order.id), ("action", order.action), ("hub", order.hub)]
                + order.actor.pairs.map { ($0.name, $0.value) } + words,
            isOn: configuration.auditsToSyslog)
    }

    @discardableResult
    private func tell(_ report: Report) -> Bool { write(.report(report)) }

    /// False where the agent is gone: the order goes on without us.
    private func write(_ message: WireMessage) -> Bool {
        let frame = FrameEncoder.frame(message)
        return LinuxDisk().write(1, frame.span) == frame.count
    }
}

extension String {
    /// Without line breaks and blanks at its end.
    fileprivate var trimmed: String {
        var bytes = Array(utf8)
        while let last = bytes.last, last <= 0x20 { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
