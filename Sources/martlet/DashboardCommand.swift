import ArgumentParser
import Canvas
import Curses
import Dashboard
import Foundation
import Hub
import Telemetry

struct DashboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Open the dashboard: what `martlet` alone does.",
        discussion: """
            Attaches to the hub that runs, or starts one that ends five minutes after its last screen. Quitting the \
            screen never ends the hub.

            In the screen, ? lists the keys, : the commands, / filters rows, ! opens a shell on the row, q leaves.

            ENVIRONMENT: NO_COLOR draws without colours. SHELL is what ! opens on this machine. XDG_RUNTIME_DIR and \
            XDG_STATE_HOME say where the hub's socket and state are.

            EXIT STATUS: 0 when left, 64 for a wrong word, 69 when standard output is no terminal or no hub can be used.
            """)

    @OptionGroup var options: ScreenOptions

    @Option(help: "How many colours: auto (by the terminal), 256, 16 or none.")
    var color: ColorChoice = .auto

    @Flag(
        help: "Take the mouse: clicks select, the wheel scrolls; the terminal then selects text with shift.")
    var mouse = false

    func run() throws {
        do {
            let descriptors = try TerminalDescriptors.standard()
            let access = try HubAccess(socket: options.hub, hosts: options.hosts)
            let feed = try HubFeed(access)
            let environment = ProcessInfo.processInfo.environment
            let terminal = try CursesTerminal(
                TerminalOptions(colors: color.depth, glyphs: options.glyphs.glyphs) { environment[$0] },
                descriptors: descriptors)
            if mouse { terminal.setMouse(true) }
            let localHost = HostID(ThisMachine.hostName)
            let size = terminal.size
            let dashboard = Dashboard(
                options.dashboard(localHost: localHost), width: size.width, height: size.height,
                now: DashboardSession.now())
            let session = try DashboardSession(
                dashboard: dashboard, terminal: terminal, feed: feed, localHost: localHost)
            throw ExitCode(session.run())
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("martlet: \(error)\n".utf8))
            throw ExitCode(69)
        }
    }
}
