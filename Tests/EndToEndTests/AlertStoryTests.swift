import Foundation
import TestSupport
import Testing

/// A night's work from the first failing request to the end of the alert, at one terminal.
@Suite(.timeLimit(.minutes(5))) struct `A backend that breaks` {
    private func write(_ text: String, _ name: String, in world: TemporaryFolder, mode: String = "600") throws
    {
        let file = world.url.appending(path: name).path
        let made = try Program.run(
            "/bin/sh",
            ["-c", "mkdir -p \"$(dirname \"$0\")\" && cat >\"$0\" && chmod \"$1\" \"$0\"", file, mode],
            input: Data(text.utf8))
        #expect(made.status == 0, "\(made)")
    }

    /// Ends the server behind nginx.
    private func endBackend(_ world: TemporaryFolder) throws {
        let pid = try String(contentsOf: world.url.appending(path: "backend/pid"), encoding: .utf8)
        kill(try #require(Int32(pid.trimmingCharacters(in: .newlines))), SIGTERM)
    }

    /// A server of its own behind nginx, which `restart.sh` starts, and starts again.
    private func backend(_ world: TemporaryFolder) throws -> UInt16 {
        let port = try Loopback.freePort()
        let root = world.url.appending(path: "backend").path
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(root)/\($0);" }.joined(separator: " ")
        try write(
            """
            user root; worker_processes 1; pid \(root)/pid; error_log \(root)/error.log;
            events { worker_connections 64; }
            http { \(folders) access_log off; server { listen 127.0.0.1:\(port); location / { return 200 "shop\\n"; } } }

            """, "backend/nginx.conf", in: world)
        let nginx = Program.find("nginx") ?? "/usr/sbin/nginx"
        try write(
            """
            #!/bin/sh
            [ -s \(root)/pid ] && kill "$(cat \(root)/pid)"
            \(nginx) -p \(root) -c \(root)/nginx.conf -e \(root)/error.log && echo backend runs

            """, "backend/restart.sh", in: world, mode: "755")
        return port
    }

    private func configure(_ world: TemporaryFolder, log: String) throws {
        let root = world.url.path
        try write(
            """
            [agent]
            discover = no
            audit = none
            [log shop]
            path = \(log)
            [action restart-shop]
            about = Restart the backend of the shop
            run = \(root)/backend/restart.sh
            leaves_processes = yes

            """, "config/agent.conf", in: world)
        try write(
            """
            version: 1
            run_hooks: any
            shipped: no
            hooks:
              incident:
                shell: 'printf "%s %s\\n" "$MARTLET_STATUS" "$MARTLET_SUMMARY" >> \(root)/incidents;
                  echo "$MARTLET_OPEN" > \(root)/open'
            notify:
              critical: [incident]
            alerts:
              - name: ShopErrors
                when: http.error_ratio(10s){service=shop} > 20% for 2s
                clear: http.error_ratio(10s){service=shop} < 10% for 2s
                severity: critical
                summary: "{service} fails: {value}"

            """, "config/rules.yaml", in: world)
    }

    @Test func `fires, tells the hook, is taken on, restarted by x, and resolves`() throws {
        let martlet = try #require(Program.built("martlet"))
        let world = try TemporaryFolder()
        let port = try backend(world)
        defer { try? endBackend(world) }
        guard let nginx = try Nginx(in: world, backend: port) else {
            print("skipped: nginx is not installed; make test installs it")
            return
        }
        let restart = world.url.appending(path: "backend/restart.sh").path
        #expect(try Program.run(restart, [], environment: World.variables(of: world)).status == 0)
        defer { World.endHubs(of: world) }
        try configure(world, log: nginx.logPath)
        guard
            let session = try TmuxSession(
                environment: [
                    "MARTLET_CONFIG": world.url.appending(path: "config").path, "MARTLET_ACTOR": "jo",
                ],
                world: world)
        else { return }
        /// Whether the screen comes to hold a text while customers go on to ask.
        func shows(_ text: String, within seconds: Double = 60) throws -> Bool {
            try Eventually.holds(within: seconds) {
                _ = try nginx.ask(["/shop", "/shop"])
                return try session.screen().contains(text)
            }
        }
        func expect(_ text: String) throws {
            let isShown = try shows(text)
            let found = try session.screen()
            #expect(isShown, "\(text) is not on the screen:\n\(found)")
        }
        func incidents() -> String {
            (try? String(contentsOf: world.url.appending(path: "incidents"), encoding: .utf8)) ?? ""
        }
        try session.line(martlet)
        #expect(try shows("LIVE"))
        try session.type("5")
        #expect(try shows("Nothing fires"))
        try endBackend(world)
        try expect("ShopErrors")
        try expect("firing 1")
        #expect(
            Eventually.holds(within: 30) { incidents().contains("firing shop fails") }, "\(incidents())")
        try session.type("a")
        try session.expect("Acknowledge ShopErrors")
        try session.line("on it")
        try expect("jo ack")
        try session.type("3")
        try session.expect("CPU")
        try session.type("x")
        try session.expect("restart-shop")
        try session.type("Enter")
        try session.expect("no, go back")
        try session.type("Down")
        try session.type("Enter")
        try session.expect("backend runs")
        try session.expect("succeeded")
        try session.type("Enter")
        try session.type("5")
        try expect("Nothing fires")
        #expect(
            Eventually.holds(within: 30) { incidents().contains("resolved shop fails") }, "\(incidents())"
        )
        // What the page says to open it with, less the way to this machine: the shop's requests as it began.
        let open = try String(contentsOf: world.url.appending(path: "open"), encoding: .utf8)
            .split(separator: " ").map { $0.filter { !$0.isNewline } }
        #expect(open.count == 6 && open.starts(with: ["ssh", "-t"]) && open[3...4] == ["martlet", "--at"])
        try session.type("C-c")
        try session.line("clear; \(martlet) --at \(open.last ?? "")")
        try session.expect("PAST")
        try session.expect("> traffic")
    }
}
