import ArgumentParser
import Foundation
import Glibc

struct LogsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs",
        abstract: "Analyse finished logs, plain, gzip or zstd: what martlet-agent logs does.",
        discussion: HelpSections(
            examples: """
                martlet logs access.log.2.gz         requests by status, latency by route
                martlet logs shop.log --explain      which lines do not fit, and why
                zcat big.gz | martlet logs -         from standard input
                martlet logs access.log -o json      one object, for programs
                martlet logs access.log -o csv       a row for each route
                """,
            exitStatus: """
                0   analysed
                64  a word of the command line is wrong
                65  a log is not what it should be
                66  a log cannot be read
                69  martlet-agent is not beside martlet, and not on PATH
                """,
            environment: "PATH             where martlet-agent is looked for, if not beside martlet",
            files: "martlet-agent    does the work; martlet-agent --help has every option"
        ).discussion(
            """
            Needs no hub. Of a host's live logs martlet shows the same on Traffic and Logs (keys 4 and 7).
            """))

    @Argument(
        parsing: .captureForPassthrough,
        help: ArgumentHelp("Logs, and options of martlet-agent logs.", valueName: "file or option"))
    var words: [String] = []

    func run() throws {
        guard let agent = Programs.agent else {
            FileHandle.standardError.write(
                Data(
                    "martlet logs: martlet-agent is neither beside martlet nor on PATH; martlet doctor says more\n"
                        .utf8))
            throw ExitStatus.unreachable
        }
        // The agent in the place of this process: its input, its output and its exit status.
        var arguments = ([agent, "logs"] + words).map { strdup($0) } + [nil]
        execv(agent, &arguments)
        let reason = String(cString: strerror(errno))
        FileHandle.standardError.write(Data("martlet logs: \(agent): \(reason)\n".utf8))
        throw ExitStatus.unreachable
    }
}
