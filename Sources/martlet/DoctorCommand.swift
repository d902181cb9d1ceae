import ArgumentParser
import Foundation
import Text

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what this machine gives martlet, what is missing, and the command that mends it.",
        discussion: """
            Looks at the terminal, the locale, the kernel, permissions, the programs martlet starts and the folders \
            it uses. Changes nothing.

            EXIT STATUS: 0 when everything needed is there, 1 when something is missing.
            """)

    @Option(name: [.short, .long], help: "How to print: table or json.")
    var output: ListFormat = .table

    func run() throws {
        let findings = Doctor(machine: ThisMachine()).examine()
        switch output {
        case .table: print(DoctorReport(findings: findings).text, terminator: "")
        case .json:
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
            print(String(decoding: try encoder.encode(findings), as: UTF8.self))
        }
        if findings.contains(where: { $0.verdict == .missing }) {
            throw ExitCode(1)
        }
    }
}

/// How a command prints a list.
enum ListFormat: String, ExpressibleByArgument, CaseIterable {
    case table, json
}
