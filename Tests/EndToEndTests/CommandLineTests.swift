import Foundation
import TestSupport
import Testing

/// martlet's words and exit statuses, as scripts rely on them.
@Suite(.serialized) struct `The command line` {
    /// One call: its words, the world's variables that differ, and what must come of it.
    struct Call: Sendable, CustomTestStringConvertible {
        let words: [String]
        var variables: [String: String] = [:]
        let status: Int32
        /// Part of standard error, or of standard output where that is empty.
        let says: String

        var testDescription: String { words.joined(separator: " ") }
    }

    private static let socketless = "/nonexistent/hub.sock"
    private static let calls: [Call] = [
        Call(words: [], status: 64, says: "martlet snapshot"),
        Call(words: ["--nonsense"], status: 64, says: "--nonsense"),
        Call(words: ["-oProxyCommand=x"], status: 64, says: "-o"),
        Call(words: ["role=,"], status: 64, says: "can mean no host"),
        Call(words: ["snapsot"], status: 64, says: "martlet -- snapsot"),
        Call(words: ["hubb"], status: 64, says: "martlet -- hubb"),
        // Two letters of three: a host, for which a terminal is missing here.
        Call(words: ["web"], status: 64, says: "martlet snapshot"),
        Call(words: ["doctor", "extra"], status: 64, says: "extra"),
        Call(words: ["doctor", "--config", "/nonexistent"], status: 1, says: "mkdir -p /nonexistent"),
        Call(words: ["manual", "htop"], status: 64, says: "htop"),
        Call(words: ["snapshot", "--size", "0x0"], status: 64, says: "0x0"),
        Call(words: ["snapshot", "--at", "someday"], status: 64, says: "\"someday\" is no moment"),
        Call(words: ["--at", "25:99"], status: 64, says: "--at"),
        Call(words: ["snapshot", "--wait", "nan"], status: 64, says: "0 to 3600"),
        Call(words: ["snapshot", "--wait=-1"], status: 64, says: "0 to 3600"),
        Call(words: ["snapshot", "--hub", socketless], status: 69, says: socketless),
        Call(words: ["check", "--actions"], status: 64, says: "martlet check web --actions"),
        Call(words: ["check", "a b"], status: 64, says: "no host or group is called a"),
        Call(words: ["hub", "a b"], status: 64, says: "no host or group is called a"),
        Call(words: ["hub", "--linger", "9223372036854775807"], status: 64, says: "86400"),
        Call(words: ["hub", "--linger=-1"], status: 64, says: "86400"),
        Call(words: ["hub"], variables: ["XDG_STATE_HOME": "", "HOME": ""], status: 69, says: "export one"),
        Call(words: ["hub"], variables: ["XDG_STATE_HOME": "/proc/1"], status: 69, says: "cannot be made"),
    ]

    @Test(arguments: calls) func `ends with its status and says why`(_ call: Call) throws {
        let world = try TemporaryFolder()
        let result = try run(call.words, in: world, call.variables)
        #expect(result.status == call.status, "\(result.errors)")
        #expect((result.errors.isEmpty ? result.output : result.errors).contains(call.says), "\(result)")
    }

    @Test func `does not use a folder that others may write`() throws {
        let world = try TemporaryFolder()
        let folder = world.url.appending(path: "state/martlet")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
        let result = try run(["hub"], in: world)
        #expect(result.status == 77)
        #expect(result.errors.contains("chmod 700"))
    }

    @Test func `says what keeps a host from its snapshot`() throws {
        let world = try TemporaryFolder()
        try Program.script(
            "echo 'ops@web1: Permission denied (publickey).' >&2; exit 255",
            at: world.url.appending(path: "bin/ssh").path)
        let result = try run(["snapshot", "web1", "--wait", "8"], in: world)
        World.endHubs(of: world)
        #expect(result.status == 69)
        #expect(
            result.errors.contains("web1 refuses the login; try it by hand: ssh web1"), "\(result.errors)")
    }

    @Test(arguments: ["deploys", "alerts"])
    func `says on a snapshot of Deploys and Alerts that no hub ran, and nothing while one does`(
        _ screen: String
    ) throws {
        let world = try TemporaryFolder()
        defer { World.endHubs(of: world) }
        let words = ["snapshot", "--screen", screen, "--size", "80x24", "--wait", "15"]
        let first = try run(words, in: world)
        #expect(first.output.contains("no hub ran: this one was started just now"), "\(first)")
        let second = try run(words, in: world)
        #expect(second.status == 0 && !second.output.contains("no hub ran"), "\(second)")
    }

    private func run(
        _ words: [String], in world: TemporaryFolder, _ variables: [String: String] = [:]
    ) throws -> Program.Result {
        let martlet = try #require(Program.built("martlet"), "swift build leaves martlet beside the tests")
        let environment = World.variables(of: world).merging(variables) { _, new in new }
        return try Program.run(martlet, words, environment: environment, seconds: 60)
    }
}
