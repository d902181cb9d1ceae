import ArgumentParser
import Canvas
import Curses
import Dashboard
import Foundation
import Hub
import Telemetry

/// The options that every command with a screen has.
struct ScreenOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Hosts to show, reached over your own ssh; none means this machine.", valueName: "host"))
    var hosts: [String] = []

    @Option(
        help: ArgumentHelp(
            "Attach to the hub at this socket instead of looking for one.", valueName: "socket"))
    var hub: String?

    @Option(help: "Characters to draw with: auto (by the locale), ascii, block or braille.")
    var glyphs: GlyphChoice = .auto

    @Flag(help: "Show times in UTC instead of local time.")
    var utc = false

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "Show the past from the start: 03:02, -20m, yesterday 02:41, 2026-08-01 02:41Z.",
            valueName: "time"))
    var at: String?

    /// What each host is called at the hub.
    var hostIDs: [HostID] {
        hosts.map { HostID($0 == "localhost" ? ThisMachine.hostName : $0) }
    }

    /// Refuses what could never be a host, and what is more likely a misspelt command.
    mutating func validate() throws {
        try HostWords.check(hosts)
        _ = try moment()
        guard let word = hosts.first, hosts.count == 1, !CommandLine.arguments.contains("--"),
            let command = MartletCommand.nearestSubcommand(to: word)
        else { return }
        throw ValidationError(
            "\(word) is no command; for the command: martlet \(command), for a host of this name: martlet -- \(word)"
        )
    }

    /// The moment of `--at`; nil for now.
    func moment() throws -> Timestamp? {
        guard let at else { return nil }
        switch MomentText.read(at, now: DashboardSession.now(), offsetSeconds: offsetSeconds) {
        case .success(.now): return nil
        case .success(.moment(let time)): return time
        case .failure(let refusal): throw ValidationError("--at: \(refusal)")
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
    /// What the words say to the dashboard.
    func dashboard(localHost: HostID, screen: ScreenName? = nil, isReadOnly: Bool = false) throws
        -> Dashboard.Options
    {
        // Nobody named: this machine, and the hub's other hosts a key away.
        let opened = screen ?? (hosts.isEmpty ? .host : nil)
        return Dashboard.Options(
            localHost: localHost, hosts: hostIDs, screen: opened?.screen,
            at: try moment(), isReadOnly: isReadOnly, offsetSeconds: offsetSeconds, usesUTC: utc)
    }
}
