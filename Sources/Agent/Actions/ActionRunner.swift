import CLinux
import Glibc
import Telemetry
import Wire

/// The process that runs one order's script and sees to its end. It depends on nobody: the agent, the link and the hub may
/// go, and what became of the script is still written down.
///
/// Time is the host's boot clock; all processes of the script are gone before its end is told.
struct ActionRunner {
    private enum Phase {
        case running
        /// Asked to end; KILL at this time, boot milliseconds.
        case asked(until: UInt64)
        /// KILL again and again, for who forks meanwhile; given up at this time.
        case killed(until: UInt64)
        case givenUp
    }

    /// How long what a script started may need to go by itself once the script has ended.
    private static let settleMilliseconds: UInt64 = 500
    /// After so long a killed process hangs in the kernel, or is not ours to kill.
    private static let killMilliseconds: UInt64 = 10_000
    private static let namesMax = 8
    /// Reads of what is left in a pipe at the end; a pipe holds 64 KiB.
    private static let lastReads = 16

    private let run: ActionRun
    private let folder: ActionFolder
    /// Written to whenever there is news; the one who reads may be gone.
    private let bell: Int32
    /// Says who wants it ended; negative where nobody can.
    private let cancel: Int32
    private let group: ActionGroup?
    private var report: Report
    private var phase = Phase.running
    private var main: Int32 = -1
    private var status: Int32?
    /// Whoever is orphaned becomes our child: without one nothing that the script started is left.
    private var hasChildren = true
    private var endedAt: UInt64 = 0
    private var hasOutput = true
    private var asker = ""

    init(_ run: ActionRun, folder: ActionFolder, bell: Int32, cancel: Int32) {
        self.run = run
        self.cancel = cancel
        self.folder = folder
        self.bell = bell
        group = ActionGroup(run.id)
        report = Report(id: run.id, state: .ended, exitStatus: 0, text: "")
    }

    /// Runs to the end and writes it down.
    mutating func runToEnd() {
        _ = clinux_detach()
        let children = clinux_children()
        var ends: [Int32] = [-1, -1]
        let kept = run.action.keptOutputBytes
        guard children >= 0, unsafe clinux_pipe(&ends) == 0,
            var output = ActionOutputWriter(folder.output(run.id), kept: kept)
        else {
            refuse("the output cannot be kept: \(LogSourceError.reason(errno))")
            return finish()
        }
        // The script's end waits for its reader, as a pipe does.
        _ = fcntl(ends[1], F_SETFL, 0)
        let procs = group?.make() ?? -1
        report.isWeaklyContained = procs < 0
        main = run.start(output: ends[1], group: procs)
        close(ends[1])
        if procs >= 0 { close(procs) }
        guard main > 0 else {
            refuse("\(run.words.first ?? "") could not be started: \(LogSourceError.reason(-main))")
            group?.remove()
            return finish()
        }
        let started = AgentLoop.now()
        report.startedAt = started.wall
        output.start(at: started.wall.milliseconds)
        ring()
        let deadline = started.bootMilliseconds &+ run.action.timeoutMilliseconds
        let buffer = [UInt8](repeating: 0, count: Int(ActionOutput.partBytes))
        watch(ends[0], children, deadline, &output, buffer)
        report.endedAt = AgentLoop.now().wall
        report.outputBytes = output.total &+ output.lost
        report.droppedBytes = ActionOutput.dropped(total: output.total, kept: kept) &+ output.lost
        group?.remove()
        conclude()
        finish()
    }

    private mutating func watch(
        _ pipe: Int32, _ children: Int32, _ deadline: UInt64, _ output: inout ActionOutputWriter,
        _ buffer: [UInt8]
    ) {
        var buffer = buffer
        while true {
            var waiting = [
                pollfd(fd: hasOutput ? pipe : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: children, events: Int16(POLLIN), revents: 0),
                pollfd(fd: cancel, events: Int16(POLLIN), revents: 0),
            ]
            _ = unsafe poll(&waiting, 3, pause(deadline))
            if waiting[0].revents != 0 { read(pipe, &output, &buffer) }
            reap(children)
            let now = AgentLoop.now().bootMilliseconds
            if waiting[2].revents != 0 { hearCancel(now) }
            if status == nil {
                press(now, deadline)
            } else if isOver(now) {
                // What is left in the pipe was written before the end.
                // What stays running may go on writing: it is not waited for.
                for _ in 0..<Self.lastReads where hasOutput {
                    if !read(pipe, &output, &buffer) { break }
                }
                return
            }
        }
    }

    /// Milliseconds until something is due.
    private func pause(_ deadline: UInt64) -> Int32 {
        let now = AgentLoop.now().bootMilliseconds
        switch phase {
        case .running where status == nil:
            return Int32(clamping: deadline > now ? min(deadline - now, 60_000) : 0)
        case .running: return 10
        case .asked(let until) where status == nil: return Int32(clamping: until > now ? until - now : 0)
        case .asked, .killed, .givenUp: return 20
        }
    }

    /// Takes some of what the script wrote; whether there may be more at once.
    @discardableResult
    private mutating func read(
        _ pipe: Int32, _ output: inout ActionOutputWriter, _ buffer: inout [UInt8]
    ) -> Bool {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe Glibc.read(pipe, $0.baseAddress, $0.count) }
        if count > 0 {
            output.append(buffer, count)
            ring()
            return true
        }
        if count == 0 || (errno != EAGAIN && errno != EINTR) { hasOutput = false }
        return false
    }

    /// Somebody wants it ended: the first who says so is noted.
    private mutating func hearCancel(_ now: UInt64) {
        var asker = [128 of UInt8](repeating: 0)
        let count = unsafe withUnsafeMutableBytes(of: &asker) {
            unsafe Glibc.read(cancel, $0.baseAddress, $0.count)
        }
        guard count > 0, status == nil, case .running = phase else { return }
        report.cause = .cancelled
        var name: [UInt8] = []
        for place in 0..<count { name.append(asker[place]) }
        self.asker = String(decoding: name, as: UTF8.self)
        ask(now)
    }

    private mutating func reap(_ children: Int32) {
        var facts = [128 of UInt8](repeating: 0)
        _ = unsafe withUnsafeMutableBytes(of: &facts) {
            unsafe Glibc.read(children, $0.baseAddress, $0.count)
        }
        while true {
            var found: Int32 = 0
            let pid = unsafe clinux_wait_any(&found)
            guard pid > 0 else {
                hasChildren = pid != -ECHILD
                return
            }
            if pid == main {
                status = found
                endedAt = AgentLoop.now().bootMilliseconds
            }
        }
    }

    /// The script still runs: whether its time is up.
    private mutating func press(_ now: UInt64, _ deadline: UInt64) {
        switch phase {
        case .running:
            guard now >= deadline else { return }
            report.cause = .timeout
            ask(now)
        case .asked(let until): if now >= until { kill(now) }
        case .killed(let until):
            signal(SIGKILL)
            if now >= until {
                // It is not ours to kill, or hangs in the kernel.
                phase = .givenUp
                status = SIGKILL
            }
        case .givenUp: break
        }
    }

    /// The script has ended: whether all that it started has too.
    private mutating func isOver(_ now: UInt64) -> Bool {
        if case .givenUp = phase {
            // How the script itself ends is not known, and perhaps it goes on.
            if !processes.isEmpty { report.state = .unknown }
            return giveUp()
        }
        if run.action.leavesProcesses, report.cause == .none { return true }
        let left = processes
        guard !left.isEmpty else { return true }
        switch phase {
        case .running:
            guard now >= endedAt &+ Self.settleMilliseconds else { return false }
            report.cause = .leftovers
            report.text = Self.names(left)
            ask(now)
        case .asked(let until): if now >= until { kill(now) }
        case .killed(let until):
            signal(SIGKILL)
            if now >= until { return giveUp() }
        case .givenUp: break
        }
        return false
    }

    private mutating func giveUp() -> Bool {
        let left = processes
        guard !left.isEmpty else { return true }
        report.text =
            "\(Self.names(left)) could not be ended"
            + (run.usesSudo ? ": they are another user's, reached by sudo; end them there by hand" : "")
        return true
    }

    private var processes: [ProcessTree.Process] {
        hasChildren ? ProcessTree.descendants(of: getpid()) : []
    }

    private static func names(_ processes: [ProcessTree.Process]) -> String {
        processes.prefix(namesMax).map { "\($0.name) (\($0.pid))" }.joined(separator: ", ")
            + (processes.count > namesMax ? " and \(processes.count - namesMax) more" : "")
    }

    private mutating func ask(_ now: UInt64) {
        phase = .asked(until: now &+ run.action.graceMilliseconds)
        signal(SIGTERM)
    }

    private mutating func kill(_ now: UInt64) {
        phase = .killed(until: now &+ Self.killMilliseconds)
        signal(SIGKILL)
    }

    private func signal(_ number: Int32) {
        if number == SIGKILL { group?.kill() }
        for process in processes { _ = Glibc.kill(process.pid, number) }
        for pid in group?.processes ?? [] { _ = Glibc.kill(pid, number) }
    }

    // MARK: The end

    private mutating func refuse(_ text: String) {
        report.state = .refused
        report.text = text
    }

    private mutating func conclude() {
        let status = status ?? 0
        report.exitStatus = status & 0x7F == 0 ? (status >> 8) & 0xFF : -(status & 0x7F)
        switch report.cause {
        case .timeout:
            report.text =
                "it took longer than \(Durations.text(run.action.timeoutMilliseconds))"
                + (report.state == .unknown ? "" : " and was ended")
                + (report.text.isEmpty ? "" : "; \(report.text)")
        case .cancelled:
            report.text =
                (report.state == .unknown ? "\(asker) cancelled it" : "ended because \(asker) cancelled it")
                + (report.text.isEmpty ? "" : "; \(report.text)")
        case .leftovers:
            report.text =
                "it left processes behind, which were ended: \(report.text); "
                + "where they are meant to stay, write leaves_processes = yes"
        default: break
        }
        guard run.action.expectsReboot, report.exitStatus == 0, report.cause == .none else { return }
        awaitReboot()
    }

    /// The kernel ends us when the host goes down; who lives on was not started anew.
    private mutating func awaitReboot() {
        let until = AgentLoop.now().bootMilliseconds &+ run.action.returnMilliseconds
        while AgentLoop.now().bootMilliseconds < until { clinux_pause(200) }
        report.state = .unknown
        report.text =
            "the host did not go down within \(Durations.text(run.action.returnMilliseconds)) of it"
    }

    private mutating func finish() {
        if run.usesSudo, report.exitStatus == 1, report.state == .ended,
            var reader = ActionOutputReader(folder.output(run.id)), let said = reader.next(),
            said.bytes.starts(with: Array("sudo: ".utf8))
        {
            report.cause = .forbidden
            report.text = "sudo refuses it; put the line that martlet-agent check prints into sudoers"
        }
        folder.write(report)
        do throws(ActionLedgerError) {
            let now = AgentLoop.now().wall.milliseconds
            let ledger = try LedgerFile(folder)
            let line =
                report.state == .unknown
                ? ActionLedger.unknown(run.id, report.cause, report.text, at: now)
                : ActionLedger.end(run.id, at: now)
            try ledger.append(line, lasts: false)
        } catch {
            // The result is there: who asks next finds it and writes the line.
        }
        ActionAudit.note(
            "end", [("id", run.id), ("action", run.action.name)] + ActionAudit.words(of: report),
            isOn: run.auditsToSyslog)
        ring()
    }

    private func ring() {
        guard bell >= 0 else { return }
        _ = unsafe write(bell, "!", 1)
    }
}

/// Lengths of time as the configuration writes them.
enum Durations {
    static func text(_ milliseconds: UInt64) -> String {
        let units: [(String, UInt64)] = [
            ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
        ]
        var rest = milliseconds
        var text = ""
        for (name, size) in units where rest >= size {
            text += "\(rest / size)\(name)"
            rest %= size
        }
        return text.isEmpty ? "0s" : text
    }
}
