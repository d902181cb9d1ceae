import Foundation
import TestSupport
import Testing

/// From a real server's log to the Traffic screen: nginx, the agent, the hub, the dashboard in a terminal.
@Suite(.serialized) struct `Requests of a real nginx` {
    @Test func `are all on the Traffic screen, exactly, through a rotation of their log`() throws {
        let world = try TemporaryFolder()
        guard let nginx = try Nginx(in: world) else {
            print("skipped: nginx is not installed; make test installs it")
            return
        }
        let martlet = try #require(Program.built("martlet"))
        let agent = try #require(Program.built("martlet-agent"))
        try FakeSSH.install(in: world, agent: agent)
        try configure("[log shop]\npath = \(nginx.logPath)\nignore = GET /healthz\n", in: world)
        guard let session = try TmuxSession(columns: 120, rows: 36, world: world) else {
            print("skipped: tmux is not installed; make test installs it")
            return
        }
        #expect(try session.shows("ready>"))
        try session.line("\(martlet) web1")
        #expect(try session.shows("LIVE"))
        try session.type("4")
        #expect(try session.shows("[4 Traffic]"))

        // The agent is there when its host is live: what comes from here on is counted. The first request may fall between
        // the first two ticks, which are a tenth of a second apart; it is shown before the others come.
        #expect(try nginx.ask(["/items/0"]) == [200])
        #expect(try session.shows("/items/:id"))
        let items = (0..<373).map { "/items/\($0)?token=secret" }
        let fails = Array(repeating: "/fail", count: 124)
        #expect(try nginx.ask(items + fails).filter { $0 == 500 }.count == 124)
        try nginx.rotate()
        #expect(try nginx.ask(items + fails + ["/healthz"]).count == 498)

        #expect(try session.shows("995 requests"))
        let screen = try session.screen()
        #expect(screen.contains("/items/:id") && screen.contains("/fail"), "\(screen)")
        #expect(screen.contains("995 requests  25% 5xx"), "\(screen)")
        #expect(screen.contains("status  200 75%  500 25%"), "\(screen)")
        #expect(!screen.contains("secret"))
    }

    /// The agent finds the server by its socket and its open log a second after it began, without a word of configuration.
    @Test func `are found without a configuration, and counted from when their log is followed`() throws {
        let world = try TemporaryFolder()
        guard let nginx = try Nginx(in: world, named: "lone-shop") else {
            print("skipped: nginx is not installed; make test installs it")
            return
        }
        let martlet = try #require(Program.built("martlet"))
        let agent = try #require(Program.built("martlet-agent"))
        try FakeSSH.install(in: world, agent: agent)
        // Nobody follows yet.
        #expect(try nginx.ask(["/items/0", "/items/1"]) == [200, 200])
        guard let session = try TmuxSession(columns: 120, rows: 36, world: world) else {
            print("skipped: tmux is not installed; make test installs it")
            return
        }
        #expect(try session.shows("ready>"))
        try session.line("\(martlet) web1")
        #expect(try session.shows("LIVE"))
        try session.type("4")
        // Whatever else is served and logged on this machine is found too.
        try session.type("/")
        try session.line("service=lone-shop")
        #expect(try session.shows(" lone-shop "))

        #expect(try nginx.ask(["/items/2"]) == [200])
        #expect(try session.shows("/items/:id"))
        let paths = (0..<213).map { "/items/\($0)" } + Array(repeating: "/fail", count: 71)
        #expect(try nginx.ask(paths).filter { $0 == 500 }.count == 71)
        try nginx.rotate()
        #expect(try nginx.ask(paths).count == 284)
        #expect(try session.shows("569 requests"))
        let screen = try session.screen()
        #expect(screen.contains("569 requests  25% 5xx"), "\(screen)")
    }

    /// Writes the agent.conf that a stream of this world reads.
    private func configure(_ text: String, in world: TemporaryFolder) throws {
        let folder = world.url.appending(path: "home/.config/martlet")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let file = folder.appending(path: "agent.conf")
        try text.write(to: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
    }
}
