import ArgumentParser
import Foundation
import Hub
import Logging

struct HubCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hub",
        abstract: "Run the hub: take hosts' samples in, keep their history, serve the screens.",
        discussion: """
            martlet starts a hub by itself when none runs, with --session. Run it by hand to keep it: it stays until \
            SIGTERM or ctrl-c. One hub runs for each state folder ($XDG_STATE_HOME/martlet).

            EXIT STATUS: 0 when ended by a signal, 69 when another hub runs here or a folder cannot be used.
            """)

    @Argument(help: "Hosts to reach over ssh; none means this machine.")
    var hosts: [String] = []

    @Flag(help: "End five minutes after the last screen has left.")
    var session = false

    @Flag(help: "Let members of the socket's group attach.")
    var group = false

    @Option(help: ArgumentHelp("Seconds that --session waits after the last screen.", visibility: .hidden))
    var linger = 300

    func run() async throws {
        LoggingSystem.bootstrap(StreamLogHandler.standardError)
        var logger = Logger(label: "martlet.hub")
        logger.logLevel = .notice
        do {
            var options = HubOptions(folders: try HubFolders())
            options.hosts = hosts
            options.isGroupOpen = group
            options.lingerMilliseconds = session ? Int64(linger) * 1000 : nil
            options.agent = Programs.agent
            try await HubServer(options, logger: logger).run()
        } catch let error as HubError {
            FileHandle.standardError.write(Data("martlet hub: \(error)\n".utf8))
            throw ExitCode(69)
        }
    }
}

/// The programs that martlet starts.
enum Programs {
    /// martlet-agent beside this program, else on PATH; nil where there is none.
    static var agent: String? {
        let machine = ThisMachine()
        let beside = "\(machine.executableFolder)/martlet-agent"
        return machine.exists(beside) ? beside : machine.program("martlet-agent")
    }

    static var martlet: String {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"))
            ?? CommandLine.arguments[0]
    }
}
