import Foundation
import TestSupport
import Testing

/// hosts.yaml as a person meets it: words, lists, checks and a reload, over an ssh that runs on this machine.
@Suite(.serialized) struct `A hosts.yaml` {
    private static let file = """
        version: 1
        groups:
          web: {tags: {role: web, env: prod}, hosts: {"web[1:2]": }}
          db: {tags: {role: db}, hosts: {db1.eu.example.net: {user: postgres, note: the old one}}}
        hosts:
          spare: {connect: off}
        """

    private func run(
        _ words: [String], in world: TemporaryFolder, _ variables: [String: String] = [:]
    ) throws -> Program.Result {
        let martlet = try #require(Program.built("martlet"), "swift build leaves martlet beside the tests")
        let folder = ["MARTLET_CONFIG": world.url.appending(path: "config").path]
        let environment = World.variables(of: world).merging(folder) { _, new in new }
            .merging(variables) { _, new in new }
        return try Program.run("/usr/bin/env", ["timeout", "60", martlet] + words, environment: environment)
    }

    private func world(_ file: String) throws -> TemporaryFolder {
        let world = try TemporaryFolder()
        try FakeSSH.install(in: world, agent: try #require(Program.built("martlet-agent")))
        try write(file, in: world)
        return world
    }

    private func write(_ file: String, in world: TemporaryFolder) throws {
        let folder = world.url.appending(path: "config")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try Data(file.utf8).write(to: folder.appending(path: "hosts.yaml"))
    }

    @Test func `gives words their hosts, lists them, and is taken over again while all runs`() throws {
        let world = try world(Self.file)
        defer { World.endHubs(of: world) }
        // A group: its hosts are dialled, and no others.
        let web = try run(["snapshot", "web", "--size", "120x20", "--wait", "40"], in: world)
        #expect(web.status == 0, "\(web.errors)")
        #expect(web.output.contains("web1") && web.output.contains("web2") && !web.output.contains("db1"))
        var list = ""
        // One whose frames are late is stale for a moment.
        _ = try Eventually.holds {
            list = try run(["hosts", "-o", "csv"], in: world).output
            return list.contains("web1,live,")
        }
        #expect(list.contains("host,state,seen,agent,groups,tags,source,reason"))
        #expect(list.contains("web1,live,") && list.contains(",web,env=prod role=web,ssh web1,"), "\(list)")
        #expect(!list.contains("db1"))
        // Nobody named: all of the file.
        let all = try run(["snapshot", "--size", "120x20", "--wait", "40"], in: world)
        #expect(all.output.contains("db1.eu.example.net") && all.output.contains("spare"), "\(all.output)")
        #expect(
            try run(["hosts", "role=db", "--exit-code"], in: world).output.contains(
                "postgres"))
        let unknown = try run(["hosts", "role=wbe"], in: world)
        #expect(unknown.status == 64 && unknown.errors.contains("did you mean web"), "\(unknown.errors)")
        // What would change, and then does.
        try write(Self.file.replacing("web[1:2]", with: "web[2:3]"), in: world)
        let check = try run(["check"], in: world)
        #expect(check.status == 0)
        #expect(check.output.contains("~ 1 host new (web3)") && check.output.contains("~ 1 host gone (web1)"))
        #expect(check.output.contains("4 hosts in 2 groups"))
        let reload = try run(["reload"], in: world)
        #expect(reload.status == 0 && reload.output.contains("4 hosts in force"), "\(reload.output)")
        list = try run(["hosts", "web"], in: world).output
        #expect(list.contains("web3") && list.contains("web2") && !list.contains("web1"), "\(list)")
        // With one error what was in force stays.
        try write("version: 1\nhosts: {a: {usr: x}}\n", in: world)
        let refused = try run(["reload"], in: world)
        #expect(refused.status == 65)
        #expect(
            refused.errors.contains(#"hosts.yaml:2:13: unknown key "usr"; did you mean "user"?"#),
            "\(refused.errors)")
        #expect(try run(["hosts", "web"], in: world).output.contains("web3"))
    }

    @Test(arguments: [["snapshot"], ["hub"], ["check"], ["snapshot", "web"]])
    func `that is wrong is refused before anything is started`(_ words: [String]) throws {
        let world = try world("version: 1\nhosts:\n  web[4:1]:\n  -x:\n")
        defer { World.endHubs(of: world) }
        let result = try run(words, in: world)
        #expect(result.status == 65, "\(result.errors)")
        let said = result.output + result.errors
        #expect(said.contains("hosts.yaml:3:3: `web[4:1]` falls: 4 to 1"), "\(said)")
        #expect(said.contains("hosts.yaml:4:3: `-x` begins with -"), "\(said)")
        #expect(FakeSSH.log(in: world).isEmpty)
    }

    @Test func `has a word near a subcommand mean its host`() throws {
        let world = try world("version: 1\nhosts: {hubb: {connect: off}}\n")
        defer { World.endHubs(of: world) }
        #expect(try run(["hubb"], in: world).errors.contains("martlet snapshot"))
        #expect(try run(["hubc"], in: world).errors.contains("martlet -- hubc"))
    }

    @Test func `is checked without a hub, and without a file`() throws {
        let world = try world(Self.file)
        #expect(try run(["check"], in: world).output.contains("4 hosts in 2 groups\n"))
        try FileManager.default.removeItem(at: world.url.appending(path: "config/hosts.yaml"))
        #expect(try run(["check"], in: world).output.contains("no hosts.yaml"))
        #expect(try run(["reload"], in: world).status == 69)
        #expect(try run(["hosts"], in: world).status == 69)
        try write("version: 1\ngroups: {web: {user: x}}\n", in: world)
        let look = try run(["check", "-o", "jsonl"], in: world)
        #expect(look.status == 1 && look.output.contains("group web has no hosts"), "\(look.output)")
    }
}
