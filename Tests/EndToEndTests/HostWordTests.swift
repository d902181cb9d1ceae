import Foundation
import TestSupport
import Testing

/// Operators-contract 2.1, rule 8: after `--` a word is a host, whatever subcommand has its name.
@Suite(.serialized) struct `A host with the name of a subcommand` {
    private static let file =
        "version: 1\nhosts: {hosts: {connect: off}, doctor: {connect: off}, web1: {connect: off}}\n"

    private func world() throws -> TemporaryFolder {
        let world = try TemporaryFolder()
        try Data(Self.file.utf8).write(to: world.url.appending(path: "hosts.yaml"))
        return world
    }

    @Test(arguments: [
        (["--", "hosts"], "This host is listed and not dialled"), (["--", "doctor", "hosts"], "2 hosts"),
        (["dashboard", "hosts"], "This host is listed and not dialled"),
    ])
    func `is meant by its word after two dashes`(_ words: [String], _ shown: String) throws {
        let martlet = try #require(Program.built("martlet"), "swift build leaves martlet beside the tests")
        let world = try world()
        guard
            let session = try TmuxSession(environment: ["MARTLET_CONFIG": world.url.path], world: world)
        else { return }
        try session.line("\(martlet) \(words.joined(separator: " "))")
        try session.expect(shown)
        let hosts = try Program.run(
            martlet, ["hosts", "-o", "csv"],
            environment: World.variables(of: world).merging(["MARTLET_CONFIG": world.url.path]) { $1 })
        let names = hosts.output.split(separator: "\n").dropFirst().compactMap {
            $0.split(separator: ",").first
        }
        #expect(names.map(String.init).sorted() == words.filter { $0 != "--" && $0 != "dashboard" }.sorted())
    }

    @Test func `is the subcommand without them`() throws {
        let martlet = try #require(Program.built("martlet"))
        let world = try world()
        let variables = World.variables(of: world).merging(["MARTLET_CONFIG": world.url.path]) { $1 }
        let result = try Program.run(martlet, ["hosts"], environment: variables)
        // It lists, and no hub runs.
        #expect(result.status == 69, "\(result)")
    }
}
