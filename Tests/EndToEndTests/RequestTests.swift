import Foundation
import Glibc
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
        guard let session = try TmuxSession(columns: 120, rows: 36, world: world) else { return }
        try session.line("\(martlet) web1")
        try session.expect("LIVE")
        try session.type("4")
        try session.expect("[4 Traffic]")

        // The agent is there when its host is live: what comes from here on is counted. The first request may fall between
        // the first two ticks, which are a tenth of a second apart; it is shown before the others come.
        #expect(try nginx.ask(["/items/0"]) == [200])
        try session.expect("/items/:id")
        let items = (0..<373).map { "/items/\($0)?token=secret" }
        let fails = Array(repeating: "/fail", count: 124)
        #expect(try nginx.ask(items + fails).filter { $0 == 500 }.count == 124)
        try nginx.rotate()
        #expect(try nginx.ask(items + fails + ["/healthz"]).count == 498)

        try session.expect("995 requests")
        let screen = try session.screen()
        #expect(screen.contains("/items/:id") && screen.contains("/fail"), "\(screen)")
        #expect(screen.contains("995 requests  25% 5xx"), "\(screen)")
        #expect(screen.contains("status  200 75%  500 25%"), "\(screen)")
        #expect(!screen.contains("secret"))
    }

    /// The agent finds the server by its socket and its open log a second after it began, without a word of configuration.
    @Test func `are found without a configuration, and so are those from before their log was followed`()
        throws
    {
        let world = try TemporaryFolder()
        guard let nginx = try Nginx(in: world, named: "lone-shop") else {
            print("skipped: nginx is not installed; make test installs it")
            return
        }
        let martlet = try #require(Program.built("martlet"))
        let agent = try #require(Program.built("martlet-agent"))
        try FakeSSH.install(in: world, agent: agent)
        // Nobody follows yet: these are read back.
        #expect(try nginx.ask(["/items/0", "/items/1"]) == [200, 200])
        guard let session = try TmuxSession(columns: 120, rows: 36, world: world) else { return }
        try session.line("\(martlet) web1")
        try session.expect("LIVE")
        try session.type("4")
        // Whatever else is served and logged on this machine is found too.
        try session.type("/")
        try session.line("service=lone-shop")
        try session.expect(" lone-shop ")

        #expect(try nginx.ask(["/items/2"]) == [200])
        try session.expect("/items/:id")
        let paths = (0..<213).map { "/items/\($0)" } + Array(repeating: "/fail", count: 71)
        #expect(try nginx.ask(paths).filter { $0 == 500 }.count == 71)
        try nginx.rotate()
        #expect(try nginx.ask(paths).count == 284)
        try session.expect("571 requests")
        let screen = try session.screen()
        #expect(screen.contains("571 requests  25% 5xx"), "\(screen)")
    }

    @Test func `of the hour before the dashboard began are drawn, without anything having followed them`()
        throws
    {
        let world = try TemporaryFolder()
        guard let nginx = try Nginx(in: world) else {
            print("skipped: nginx is not installed; make test installs it")
            return
        }
        let martlet = try #require(Program.built("martlet"))
        let agent = try #require(Program.built("martlet-agent"))
        try FakeSSH.install(in: world, agent: agent)
        try configure("[log shop]\npath = \(nginx.logPath)\n", in: world)
        guard let session = try TmuxSession(columns: 120, rows: 36, world: world) else { return }
        // Two lines that nginx itself wrote, as if it had done so all the time: one a second for six minutes up to now.
        #expect(try nginx.ask(["/items/1", "/fail"]) == [200, 500])
        #expect(Eventually.holds { self.lines(of: nginx.logPath).count == 2 })
        let lines = lines(of: nginx.logPath)
        var text = ""
        for age in stride(from: 360, to: 0, by: -1) {
            let line = lines[age % 4 == 0 ? 1 : 0]
            let stamp = try #require(line.firstRange(of: /\[[^\]]+\]/))
            text += line.replacingCharacters(in: stamp, with: "[\(Self.stamp(ago: age))]") + "\n"
        }
        let file = try FileHandle(forWritingTo: URL(filePath: nginx.logPath))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: Data(text.utf8))
        try file.close()

        try session.line("\(martlet) web1")
        try session.expect("LIVE")
        try session.type("4")
        try session.expect("/items/:id")
        // A column is ten seconds: of the six minutes before the start five and more are drawn.
        try session.expect(String(repeating: "#", count: 30))
        #expect(try session.screen().contains("/fail"))
    }

    private func lines(of path: String) -> [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// As nginx writes it, in UTC.
    private static func stamp(ago seconds: Int) -> String {
        var moment = time(nil) - seconds
        var parts = tm()
        gmtime_r(&moment, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, 64, "%d/%b/%Y:%H:%M:%S +0000", &parts)
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
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
