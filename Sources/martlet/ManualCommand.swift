import ArgumentParser
import Foundation
import Telemetry

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print a manual page, made from the command definitions.",
        discussion: """
            Pipe it to man to read it: martlet manual | man -l -

            martlet-agent's page is made from its own --help; the program is looked for beside martlet, then on PATH.
            """)

    enum Page: String, ExpressibleByArgument, CaseIterable {
        case martlet
        case agent = "martlet-agent"
    }

    @Argument(help: "Whose page.")
    var page: Page = .martlet

    func run() throws {
        switch page {
        case .martlet:
            let tool = try JSONDecoder().decode(
                CommandDescription.Tool.self, from: Data(MartletCommand._dumpHelp().utf8))
            print(ManualPage.page(for: tool.command, version: martletVersion), terminator: "")
        case .agent:
            print(
                ManualPage.page(
                    name: "martlet-agent", abstract: "sample a host for martlet",
                    help: try agentHelp(), version: martletVersion),
                terminator: "")
        }
    }

    private func agentHelp() throws -> String {
        let machine = ThisMachine()
        let beside = "\(machine.executableFolder)/martlet-agent"
        guard let program = machine.exists(beside) ? beside : machine.program("martlet-agent") else {
            FileHandle.standardError.write(
                Data(
                    "martlet manual: martlet-agent is neither beside martlet nor on PATH; make agent builds it\n"
                        .utf8))
            throw ExitCode(69)
        }
        let process = Process()
        let output = Pipe()
        process.executableURL = URL(filePath: program)
        process.arguments = ["--help"]
        process.standardOutput = output
        try process.run()
        let help = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(decoding: help, as: UTF8.self)
    }
}
