import ArgumentParser
import Canvas
import Curses
import Dashboard
import Fleet
import Foundation
import Hub
import Telemetry

/// The options that every command with a screen has.
struct ScreenOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Groups, hosts, selectors, or destinations of ssh; none means all of hosts.yaml, or this machine.",
            valueName: "word"))
    var hosts: [String] = []

    @Option(
        help: ArgumentHelp(
            "Attach to the hub at this socket instead of looking for one.", valueName: "socket"))
    var hub: String?

    @Option(help: ArgumentHelp("The configuration folder, before all other places.", valueName: "folder"))
    var config: String?

    @Option(help: "Characters to draw with: auto (by the locale), ascii, block or braille.")
    var glyphs: GlyphChoice = .auto

    @Flag(help: "Show times in UTC instead of local time.")
    var utc = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Show the past from the start: 03:02, -20m, yesterday 02:41, 2026-08-01 02:41Z, or the id of an alert or mark.",
            valueName: "time"))
    var at: String?

    /// Refuses what could never be a host, and what is more likely a misspelt command.
    mutating func validate() throws {
        try HostArguments.check(hosts)
        _ = try moment()
        guard let word = hosts.first, hosts.count == 1, !CommandLine.arguments.contains("--"),
            let command = MartletCommand.nearestSubcommand(to: word), !isKnown(word)
        else { return }
        throw ValidationError(
            "\(word) is no command; for the command: martlet \(command), for a host of this name: martlet -- \(word)"
        )
    }

    /// Whether hosts.yaml has a host or group of this name; a file that is wrong is refused later, with all that is wrong.
    private func isKnown(_ word: String) -> Bool {
        guard let load = try? HostArguments.inventory(config) else { return false }
        return Hub.HostWords(known: load.inventory.targets).isKnown(word)
    }

    /// Whether `--at` is an id, of which the hub knows when it was.
    private var hasID: Bool { at.map(KnownMoment.isID) ?? false }

    /// The moment of `--at`; nil for now, and for an id.
    func moment() throws -> Timestamp? {
        guard let at, !hasID else { return nil }
        switch MomentText.read(at, now: DashboardSession.now(), offsetSeconds: offsetSeconds) {
        case .success(.now): return nil
        case .success(.moment(let time)): return time
        case .failure(let refusal):
            throw ValidationError(
                "--at: \(refusal); or the id of an alert, mark or rollout, as lists print it")
        }
    }

    /// Seconds that local time is ahead of UTC now.
    var offsetSeconds: Int { utc ? 0 : TimeZone.current.secondsFromGMT() }
}

/// `--glyphs`.
enum GlyphChoice: String, ExpressibleByArgument, CaseIterable {
    case auto, ascii, block, braille

    var glyphs: GlyphSet? {
        switch self {
        case .auto: nil
        case .ascii: .ascii
        case .block: .block
        case .braille: .braille
        }
    }
}

/// `--color`.
enum ColorChoice: String, ExpressibleByArgument, CaseIterable {
    case auto
    case palette = "256"
    case ansi = "16"
    case none

    var depth: ColorDepth? {
        switch self {
        case .auto: nil
        case .palette: .palette256
        case .ansi: .ansi16
        case .none: .mono
        }
    }
}

extension ScreenOptions {
    /// The hub, and what the words mean there. A hosts.yaml that is wrong is refused before anything is started.
    func open() throws -> (access: HubAccess, choice: HostChoice) {
        let load = try HostArguments.inventory(config)
        let access = try HubAccess(socket: hub, hosts: hosts, config: config)
        if let at, hasID {
            guard let found = try access.moment(ofID: at) else {
                throw UnknownMoment(id: at, option: "--at")
            }
            // Words beside it say which hosts instead.
            let meant = hosts.isEmpty ? found.hosts : try access.meant().hosts
            return (access, HostChoice(hosts: meant, query: "", screen: found.screen, at: found.time))
        }
        guard hosts.isEmpty else {
            let meant = try access.meant()
            let isOne = meant.hosts.count == 1
            return (
                access,
                HostChoice(
                    hosts: meant.hosts, query: meant.hasOthers && !isOne ? HostArguments.query(hosts) : "",
                    screen: isOne ? .host : .fleet)
            )
        }
        // Nobody named: all of hosts.yaml, or this machine, and the hub's other hosts a key away.
        let targets = load?.inventory.targets ?? []
        let hasMany = targets.count > 1 || load?.file?.sources.isEmpty == false
        let only = targets.count == 1 ? targets.map(\.id) : []
        return (access, HostChoice(hosts: hasMany ? [] : only, query: "", screen: hasMany ? .fleet : .host))
    }

    /// What the words say to the dashboard.
    func dashboard(
        _ choice: HostChoice, localHost: HostID, screen: ScreenName? = nil, isReadOnly: Bool = false,
        bell: Severity? = nil, notification: Severity? = nil
    ) throws -> Dashboard.Options {
        Dashboard.Options(
            localHost: localHost, hosts: choice.hosts, query: choice.query,
            screen: screen?.screen ?? choice.screen, at: try choice.at ?? moment(), isReadOnly: isReadOnly,
            offsetSeconds: offsetSeconds, usesUTC: utc, bell: bell, notification: notification)
    }
}

/// The hosts that a screen opens with.
struct HostChoice {
    let hosts: [HostID]
    /// What the query bar holds, where the hub watches other hosts too.
    let query: String
    let screen: ScreenID
    /// The moment of an id; nil where none was named.
    var at: Timestamp?
}
