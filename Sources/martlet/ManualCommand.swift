import ArgumentParser
import Foundation
import Telemetry

struct ManualCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "manual",
        abstract: "Print a manual page, made from the command definitions.",
        discussion: HelpSections(
            examples: """
                martlet manual | man -l -
                martlet manual martlet-agent | man -l -
                """,
            exitStatus: """
                0   printed
                64  a word of the command line is wrong
                69  martlet-agent is not here, so its page cannot be made
                """,
            environment: """
                PATH             where martlet-agent is looked for
                """,
            files: """
                martlet-agent    beside martlet, else on PATH: its --help is its page
                """
        ).discussion("Prints the page of martlet and its commands, or of martlet-agent, as man(7) source."))

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
        guard let program = Programs.agent else {
            FileHandle.standardError.write(
                Data(
                    "martlet manual: martlet-agent is neither beside martlet nor on PATH; make agent builds it\n"
                        .utf8))
            throw ExitStatus.unreachable
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
