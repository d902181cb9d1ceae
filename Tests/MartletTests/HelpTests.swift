import ArgumentParser
import Foundation
import TestSupport
import Testing

@testable import martlet

@Suite struct `The help of each command` {
    private static let commands: [any ParsableCommand.Type] =
        [MartletCommand.self] + MartletCommand.configuration.subcommands

    /// These and the commands below them.
    private static var all: [any ParsableCommand.Type] {
        commands + commands.dropFirst().flatMap { $0.configuration.subcommands }
    }

    @Test func `has the sections of a manual page`() {
        for command in Self.commands {
            let help = command.helpMessage(columns: 80)
            for section in ["USAGE:", "OPTIONS:", "EXAMPLES:", "EXIT STATUS:", "ENVIRONMENT:", "FILES:"] {
                #expect(
                    help.contains("\n\(section)\n") || help.contains("\n\(section) "), "\(command) \(section)"
                )
            }
        }
    }

    @Test func `keeps the layout of its lines at 80 columns`() {
        for command in Self.all {
            let help = command.helpMessage(columns: 80).split(separator: "\n")
            let sections = command.configuration.discussion.split(separator: "\n").filter {
                $0.hasPrefix("  ")
            }
            for line in sections {
                #expect(line.count <= 78, "\(command): \(line)")
                #expect(help.contains(line), "\(command): \(line)")
            }
        }
    }

    @Test(arguments: ["martlet", "martlet-agent"])
    func `makes a manual page that man takes without a warning`(_ name: String) throws {
        guard let man = Program.find("man"), Program.find("groff") != nil else {
            return print("skipped: man-db and groff are not installed")
        }
        let martlet = try #require(Program.built("martlet"), "swift build leaves martlet beside the tests")
        let page = try Program.run(martlet, ["manual", name])
        #expect(page.status == 0)
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "\(name).1")
        try Data(page.output.utf8).write(to: file)
        let result = try Program.run(
            "/usr/bin/env", ["LC_ALL=C.UTF-8", "MANWIDTH=80", man, "--warnings", "-l", file.path])
        #expect(result.status == 0 && result.errors.isEmpty, "\(result.errors)")
        for section in ["NAME", "EXIT STATUS", "EXAMPLES"] { #expect(result.output.contains(section)) }
    }
}
