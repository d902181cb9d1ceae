import Foundation
import Glibc
import TestSupport
import Testing

/// `martlet hub` on a folder of configuration, as a service manager runs it.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `A hub that is kept` {
    private let world: TemporaryFolder
    private let martlet: String

    init() throws {
        world = try TemporaryFolder()
        martlet = try #require(Program.built("martlet"), "swift build leaves martlet beside the tests")
        try FileManager.default.createDirectory(
            at: world.url.appending(path: "config"), withIntermediateDirectories: true)
    }

    private var environment: [String: String] {
        World.variables(of: world).merging(["MARTLET_CONFIG": "/nonexistent"]) { $1 }
    }

    private func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: world.url.appending(path: "config/\(name)"))
    }

    private func text(_ path: String) -> String {
        (try? String(contentsOf: world.url.appending(path: path), encoding: .utf8)) ?? ""
    }

    /// Started in the world's folder, with a path to its configuration that is relative to that.
    private func start() throws -> SpawnedProgram {
        try SpawnedProgram(
            ["/usr/bin/env", "-C", world.url.path, martlet, "hub", "--config", "config"],
            environment: environment, log: world.url.appending(path: "hub.log").path)
    }

    private func run(_ words: [String]) throws -> Program.Result {
        try Program.run("/usr/bin/env", ["timeout", "60", martlet] + words, environment: environment)
    }

    @Test func `takes its folder over on SIGHUP, whole or not at all, and runs hooks there`() throws {
        try write("version: 1\nhosts: {here: {connect: local}, spare: {connect: off}}\n", to: "hosts.yaml")
        try Program.script(
            #"echo "$PWD $MARTLET_ALERT" >>told"#, at: world.url.appending(path: "config/page.sh").path)
        let rules = """
            version: 1
            shipped: no
            hooks: {page: {run: [./page.sh], gather: 0s, send: [firing]}}
            notify: {critical: [page]}
            alerts: [{name: NAME, when: "process.count{name=no-such-program} < 1", severity: critical}]

            """
        try write(rules.replacing("NAME", with: "First"), to: "rules.yaml")
        let hub = try start()
        defer {
            hub.end()
            World.endHubs(of: world)
        }
        // The system's own name for the folder, which a temporary one may have several of.
        let folder = world.url.appending(path: "config").resolvingSymlinksInPath().path
        #expect(
            Eventually.holds(within: 60) { text("config/told") == "\(folder) First\n" }, "\(text("hub.log"))")
        // With one error nothing changes, neither hosts nor rules.
        try write("version: 1\nhosts: {here: {connect: local}, other: {connect: off}}\n", to: "hosts.yaml")
        try write("version: 1\nalerst: []\n", to: "rules.yaml")
        kill(hub.pid, SIGHUP)
        #expect(
            Eventually.holds { text("hub.log").contains("did you mean \"alerts\"") }, "\(text("hub.log"))")
        let kept = try run(["hosts", "-o", "csv"]).output
        #expect(kept.contains("spare,off") && !kept.contains("other,off"), "\(kept)")
        try write(rules.replacing("NAME", with: "Second"), to: "rules.yaml")
        kill(hub.pid, SIGHUP)
        #expect(Eventually.holds { text("config/told") == "\(folder) First\n\(folder) Second\n" })
        let list = try run(["hosts", "-o", "csv"]).output
        #expect(list.contains("other,off") && !list.contains("spare,off"), "\(list)")
        #expect(text("hub.log").contains("1 host new (other); 1 host gone (spare)"), "\(text("hub.log"))")
    }

    /// What `ssh` did: the hosts of its connections, in the order in which it was started, and the most that were being opened.
    private func opened() -> (hosts: [String], most: Int) {
        let lines = text("bin/opened").split(separator: "\n").map { $0.split(separator: " ") }
        return (lines.map { String($0[0]) }, lines.compactMap { Int($0[1]) }.max() ?? 0)
    }

    @Test func `opens no more connections at a time than at_once says, and all in the end`() throws {
        let agent = try #require(Program.built("martlet-agent"))
        let bin = world.url.appending(path: "bin").path
        try FileManager.default.createDirectory(
            atPath: "\(bin)/opening", withIntermediateDirectories: true)
        // One that is being opened stands until the test lets all of them in.
        try Program.script(
            """
            case $1 in -G) exit 0 ;; -O) exit 255 ;; esac
            for word in "$@"; do case $word in web?) host=$word ;; esac; done
            echo $$ >'\(bin)/opening/'$host
            n=0
            for one in '\(bin)/opening/'*; do kill -0 $(cat "$one") 2>/dev/null && n=$((n + 1)); done
            echo $host $n >>'\(bin)/opened'
            while [ ! -e '\(bin)/go' ]; do sleep 0.05; done
            rm '\(bin)/opening/'$host
            exec '\(agent)' stream
            """, at: "\(bin)/ssh")
        let all = (1...6).map { "web\($0)" }
        func hosts(_ names: [String]) throws {
            try write(
                "version: 1\nssh: {at_once: 2, share_jumps: no}\nhosts:\n"
                    + names.map { "  \($0):\n" }.joined(), to: "hosts.yaml")
        }
        try hosts(all)
        let hub = try start()
        defer {
            hub.end()
            World.endHubs(of: world)
        }
        #expect(Eventually.holds(within: 60) { opened().hosts.count == 2 })
        #expect(try run(["hosts", "-o", "csv"]).output.split(separator: "\n").count == 7)
        let first = opened().hosts
        #expect(first.count == 2)
        // Those that are taken out of the file give their places up to two others.
        try hosts(all.filter { !first.contains($0) })
        kill(hub.pid, SIGHUP)
        #expect(Eventually.holds { opened().hosts.count == 4 }, "\(opened())")
        try Data().write(to: URL(filePath: "\(bin)/go"))
        var list = ""
        let isLive = try Eventually.holds(within: 60) {
            list = try run(["hosts", "-o", "csv"]).output
            return list.split(separator: "\n").count { $0.contains(",live,") } == 4
        }
        #expect(isLive, "\(list)")
        #expect(Set(opened().hosts) == Set(all) && opened().most == 2, "\(opened())")
    }
}
