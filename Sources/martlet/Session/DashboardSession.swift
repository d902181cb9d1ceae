import CLinux
import Canvas
import Curses
import Dashboard
import Fleet
import Foundation
import Glibc
import Hub
import Telemetry
import Text

/// One screen from its first frame to its end: waits for keys, signals, the hub and the clock, hands each to the
/// dashboard, performs what it wants, and draws once for all that came together.
final class DashboardSession {
    private var dashboard: Dashboard
    private let terminal: CursesTerminal
    private let feed: HubFeed
    private let localHost: HostID
    private let signals: Int32
    private var decoder = InputDecoder()
    private var frame: CellBuffer
    private var view: LiveView?
    /// What the hub said last of its hosts, for the way to them.
    private var summaries: [HostID: HostSummary] = [:]
    private let sockets = try? HubFolders().sshSockets
    private var needsFrame = true
    private var lastMessage: Int64 = 0
    private var readSince: Int64 = 0
    private var end: End?
    private var bytes = [UInt8](repeating: 0, count: 4096)

    /// How a session ends.
    private enum End: Equatable {
        case quit
        /// As the signal would have ended it.
        case signal(Int32)
    }

    /// Without news the clock is told this often; a hub's tick tells it too.
    private static let clockMilliseconds: Int64 = 1050

    init(
        dashboard: Dashboard, terminal: CursesTerminal, feed: HubFeed, localHost: HostID
    ) throws(SessionError) {
        signals = clinux_signal_pipe()
        guard signals >= 0 else { throw .noSignals(errno: -signals) }
        self.dashboard = dashboard
        self.terminal = terminal
        self.feed = feed
        self.localHost = localHost
        frame = CellBuffer(width: 0, height: 0, glyphs: terminal.glyphs, colors: terminal.colors)
    }

    /// Runs to the end; the exit status. Ends the process itself where a signal asked for that.
    func run() -> Int32 {
        resize()
        perform(dashboard.start())
        lastMessage = Self.steadyMilliseconds()
        while end == nil {
            drawIfDue()
            wait()
        }
        feed.pause()
        terminal.close()
        if case .signal(let number) = end { clinux_end_by_signal(number) }
        return 0
    }

    // MARK: Waiting

    private func wait() {
        var waiting = [
            pollfd(fd: terminal.input, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
            pollfd(fd: feed.wake, events: Int16(POLLIN), revents: 0),
        ]
        // A terminal that does not read gets its frame when it does again.
        if needsFrame {
            waiting.append(pollfd(fd: terminal.output, events: Int16(POLLOUT), revents: 0))
        }
        let ready = poll(&waiting, nfds_t(waiting.count), waitMilliseconds())
        if ready > 0 {
            if waiting[1].revents != 0 { takeSignals() }
            if waiting[0].revents != 0 { readInput() }
            if waiting[2].revents != 0 { takeUpdates() }
        }
        flushInput()
        takeClock()
    }

    private func waitMilliseconds() -> Int32 {
        var due = lastMessage + Self.clockMilliseconds
        if let wake = dashboard.wakeTime {
            due = min(due, Self.steadyMilliseconds() + max(0, wake.milliseconds(since: Self.now())))
        }
        if let pause = decoder.waitMilliseconds { due = min(due, readSince + Int64(pause)) }
        return Int32(clamping: max(0, due - Self.steadyMilliseconds()))
    }

    // MARK: What comes

    private func readInput() {
        let count = read(terminal.input, &bytes, bytes.count)
        guard count > 0 else {
            if count == 0 || (errno != EAGAIN && errno != EINTR) { end = .signal(SIGHUP) }
            return
        }
        readSince = Self.steadyMilliseconds()
        for event in decoder.decode(Array(bytes[..<count])) { tell(.input(event)) }
    }

    /// A lone escape, and the first half of a sequence whose rest never came.
    private func flushInput() {
        guard let pause = decoder.waitMilliseconds,
            Self.steadyMilliseconds() - readSince >= Int64(pause)
        else { return }
        for event in decoder.flush() { tell(.input(event)) }
    }

    private func takeUpdates() {
        let updates = feed.drain()
        for case .hosts(let hosts) in updates {
            summaries = Dictionary(hosts.map { (HostID($0.host), $0) }) { $1 }
        }
        if !updates.isEmpty { tell(.hub(updates)) }
        for text in feed.drainSaid() { tell(.said(text)) }
        for news in feed.drainOrders() { tell(.orders(news)) }
        for news in feed.drainAlerts() { tell(.alerts(news)) }
        for news in feed.drainRollouts() { tell(.rollouts(news)) }
    }

    private func takeClock() {
        let isDue = Self.steadyMilliseconds() - lastMessage >= Self.clockMilliseconds
        let isAwaited = dashboard.wakeTime.map { $0 <= Self.now() } ?? false
        if isDue || isAwaited { tell(.clock) }
    }

    private func takeSignals() {
        let count = read(signals, &bytes, bytes.count)
        guard count > 0 else { return }
        for number in Set(bytes[..<count]).map(Int32.init) {
            switch number {
            case SIGWINCH: resize()
            case SIGTSTP: suspend()
            case SIGCONT:
                terminal.repaint()
                resize()
            default: end = .signal(number)
            }
        }
    }

    private func resize() {
        let size = terminal.size
        if size.width != frame.width || size.height != frame.height {
            frame = CellBuffer(
                width: size.width, height: size.height, glyphs: terminal.glyphs, colors: terminal.colors)
        }
        tell(.input(.resize(width: size.width, height: size.height)))
    }

    private func tell(_ message: Message) {
        guard end == nil else { return }
        lastMessage = Self.steadyMilliseconds()
        perform(dashboard.update(message, at: Self.now()))
        needsFrame = true
    }

    // MARK: What is done

    private func drawIfDue() {
        guard needsFrame, end == nil, terminal.takesOutput else { return }
        frame.clear()
        dashboard.draw(on: &frame)
        terminal.present(frame)
        needsFrame = false
        if dashboard.awaitsFrame { tell(.drawn) }
    }

    private func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .watch(let view):
                self.view = view
                feed.watch(view)
            case .openShell(let host): openShell(on: host)
            case .askActions(let hosts): feed.askActions(hosts)
            case .forget(let hosts): feed.forget(hosts)
            case .order(let request): feed.order(request)
            case .alert(let request): feed.ask(request)
            case .rollout(let request): feed.say(request)
            case .start(let question): feed.ask(question)
            case .followOrder(let order): feed.follow(order: order)
            case .notify(let text): terminal.notify(SafeText(text).string)
            case .copy(let text):
                let bytes = Data(text.utf8.prefix(CursesTerminal.clipboardBytesMax))
                terminal.copy(base64: bytes.base64EncodedString())
            case .suspend: suspend()
            case .repaint: terminal.repaint()
            case .setMouse(let isOn): terminal.setMouse(isOn)
            case .bell: terminal.bell()
            case .quit: end = .quit
            }
        }
    }

    private func suspend() {
        terminal.leave()
        clinux_stop()
        terminal.enter()
        resize()
    }

    /// The person works elsewhere meanwhile: the view is not followed, and comes back whole.
    private func openShell(on host: HostID) {
        feed.pause()
        terminal.leave()
        let words = ShellCommand.arguments(
            for: host, summary: summaries[host], localHost: localHost,
            shell: getenv("SHELL").map { String(cString: $0) }, sockets: sockets)
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        let status = clinux_run_foreground(&argv, terminal.output)
        argv.forEach { free($0) }
        terminal.enter()
        resize()
        tell(.shellEnded(status: status))
        // Whatever the person mended there, or accepted on the way, is to be seen at once.
        feed.retry(host)
        if let view { feed.watch(view) }
    }

    // MARK: Clocks

    static func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
    }

    private static func steadyMilliseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
