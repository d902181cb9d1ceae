import ArgumentParser
import Canvas
import Curses
import Dashboard
import Fleet
import Foundation
import Hub
import Telemetry
import Text

struct SnapshotCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snapshot",
        abstract: "Print a screen as text, without a terminal.",
        discussion: HelpSections(
            examples: """
                martlet snapshot                              this machine's Host screen
                martlet snapshot --screen fleet web1 web2     two hosts in a table
                martlet snapshot --size 80x24 --glyphs ascii  for a ticket
                martlet snapshot --color 256 | less -R        in colours
                martlet snapshot --at -20m                    as it was twenty minutes ago
                """,
            exitStatus: """
                0   the screen has data
                64  a word of the command line is wrong
                65  hosts.yaml is wrong
                69  there was no data within --wait, or no hub is at --hub
                77  the socket of --hub is not open to this user
                """,
            environment: """
                LC_ALL, LC_CTYPE, LANG
                                 without UTF-8 graphs are drawn in ASCII
                TZ               the zone of local times
                """ + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            Attaches to the hub that runs, or starts one, waits until the screen has data, and prints what a terminal \
            of that size would show: for a ticket, a pipe, a screen reader. Without data it prints what there is, and \
            says on standard error why there is no more. Alerts and Deploys are those of that hub: where one had to be started, the \
            screen says so.
            """))

    @OptionGroup var options: ScreenOptions

    @Option(help: "Which screen: fleet, host, traffic, alerts, deploys or logs.")
    var screen: ScreenName?

    @Option(help: ArgumentHelp("Columns and rows, from 1x1 to 1000x1000.", valueName: "WxH"))
    var size = ScreenSize(width: 120, height: 36)

    @Option(help: "Colours as escape sequences: none, 16 or 256.")
    var color: ColorChoice = .none

    @Option(help: ArgumentHelp("Seconds to wait for data, 0 to 3600.", valueName: "seconds"))
    var wait = 10.0

    func validate() throws {
        // NaN is in no range.
        guard (0...3600).contains(wait) else { throw ValidationError("--wait takes 0 to 3600 seconds") }
    }

    func run() throws {
        do {
            let depth = color.depth ?? .mono
            let (access, choice) = try options.open()
            let feed = try HubFeed(access)
            let glyphs = TerminalOptions(glyphs: options.glyphs.glyphs) {
                ProcessInfo.processInfo.environment[$0]
            }.glyphSet
            let asked = try options.dashboard(
                choice, localHost: HostID(ThisMachine.hostName), screen: screen)
            var snapshot = Snapshot(
                dashboard: Dashboard(
                    asked, width: size.width, height: size.height, now: DashboardSession.now()),
                feed: feed, isPast: asked.at != nil)
            let hasData = snapshot.fill(seconds: wait)
            if access.hasStartedHub, asked.screen == .alerts || asked.screen == .deploys {
                snapshot.say("no hub ran: this one was started just now, and knows its own past alone")
            }
            var frame = CellBuffer(width: size.width, height: size.height, glyphs: glyphs, colors: depth)
            snapshot.dashboard.draw(on: &frame)
            let lines =
                depth == .mono
                ? frame.lines
                : FrameText(theme: Theme(depth, colorCount: depth == .palette256 ? 256 : 16)).lines(of: frame)
            print(lines.joined(separator: "\n"))
            guard hasData else {
                let reason = snapshot.reason(for: choice.hosts) ?? "nothing came; martlet doctor says more"
                let time = String(format: "%g", wait)
                FileHandle.standardError.write(
                    Data("martlet snapshot: no data within \(time) s: \(SafeText(reason).string)\n".utf8))
                throw ExitStatus.unreachable
            }
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("martlet snapshot: \(error)\n".utf8))
            throw ExitStatus.of(error)
        }
    }
}

/// `--screen`.
enum ScreenName: String, ExpressibleByArgument, CaseIterable {
    case fleet, host, traffic, alerts, deploys, logs

    var screen: ScreenID {
        switch self {
        case .fleet: .fleet
        case .host: .host
        case .traffic: .traffic
        case .alerts: .alerts
        case .deploys: .deploys
        case .logs: .logs
        }
    }
}

/// `--size`, as `120x36`.
struct ScreenSize: ExpressibleByArgument, CustomStringConvertible {
    let width: Int
    let height: Int

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    init?(argument: String) {
        let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let width = parts[0], let height = parts[1],
            (1...CellBuffer.sideMax).contains(width), (1...CellBuffer.sideMax).contains(height)
        else { return nil }
        self.init(width: width, height: height)
    }

    var description: String { "\(width)x\(height)" }
    var defaultValueDescription: String { description }
}

/// A dashboard without a terminal, fed until it has something to show.
struct Snapshot {
    private(set) var dashboard: Dashboard
    let feed: HubFeed
    /// Of the past there is no more to come than the hub has.
    let isPast: Bool
    /// Indices of CPU shares, which are rates: where one has a value, two samples came.
    private var rates: Set<Int32> = []
    private var hasRate = false
    private var isComplete = false
    private var hasHosts = false
    private var hasMarks = false
    /// The board of alerts and the list of rollouts, which a hub tells of at once, or says that it has none.
    private var hasAlerts = false
    private var hasRollouts = false
    private var lostReason: String?
    private var summaries: [HostSummary] = []

    init(dashboard: Dashboard, feed: HubFeed, isPast: Bool) {
        self.dashboard = dashboard
        self.feed = feed
        self.isPast = isPast
    }

    /// Whether the list of hosts, the alerts, the rollouts and the history came, and a rate of it or after it, before the time was
    /// over.
    mutating func fill(seconds: Double) -> Bool {
        perform(dashboard.start())
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !hasAll, !(isPast && isComplete && hasLists), ContinuousClock.now < deadline {
            var waiting = pollfd(fd: feed.wake, events: Int16(POLLIN), revents: 0)
            poll(&waiting, 1, 50)
            let updates = feed.drain()
            for update in updates {
                switch update {
                case .liveBegins: isComplete = true
                case .hosts(let found):
                    hasHosts = true
                    lostReason = nil
                    summaries = found
                case .marks: hasMarks = true
                case .hubLost(let reason): lostReason = reason
                case .define(let index, _, let signal)
                where ["cpu", TrafficSignals.requests].contains(signal.name):
                    rates.insert(index)
                case .values(_, let indices, _) where !rates.isDisjoint(with: indices): hasRate = true
                case .histograms, .event: hasRate = true
                default: break
                }
            }
            if !updates.isEmpty { perform(dashboard.update(.hub(updates), at: DashboardSession.now())) }
            // Asked before they are drained: what is known by now is drained now.
            (hasAlerts, hasRollouts) = (feed.knows(.alerts), feed.knows(.rollouts))
            for news in feed.drainAlerts() {
                // A board that says that something fires is not whole without its chart.
                perform(dashboard.update(.alerts(news), at: DashboardSession.now()))
            }
            for news in feed.drainRollouts() {
                perform(dashboard.update(.rollouts(news), at: DashboardSession.now()))
            }
        }
        feed.pause()
        return hasAll
    }

    /// Says it where the screen says what came of a wish.
    mutating func say(_ text: String) {
        perform(dashboard.update(.said(text), at: DashboardSession.now()))
    }

    /// Why there may be no data: what keeps us from the hub, or the hub from one of `hosts`, all for an empty list.
    func reason(for hosts: [HostID]) -> String? {
        if let lostReason { return lostReason }
        for summary in summaries where hosts.isEmpty || hosts.contains(HostID(summary.host)) {
            if case .failed(let reason, _) = summary.state { return "\(summary.host): \(reason)" }
        }
        if isPast, isComplete { return "the hub keeps nothing of that time" }
        return nil
    }

    private var hasAll: Bool { isComplete && hasRate && hasLists }
    private var hasLists: Bool { hasHosts && hasMarks && hasAlerts && hasRollouts }

    private mutating func perform(_ effects: [Effect]) {
        for effect in effects {
            switch effect {
            case .watch(let view): feed.watch(view)
            case .alert(let request): feed.ask(request)
            default: break
            }
        }
    }
}
