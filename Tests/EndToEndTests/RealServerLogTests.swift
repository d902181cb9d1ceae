import Foundation
import TestSupport
import Testing

/// The logs that servers of the distribution write, read by the agent: what their clients saw is the truth.
@Suite(.serialized) struct `Logs of real servers` {
    @Test func `Apache's are counted exactly in each of its formats`() throws {
        let world = try TemporaryFolder()
        guard let apache = Program.find("apache2"), let nginx = try Nginx(in: world) else {
            print("skipped: apache2 or nginx is not installed; make test installs them")
            return
        }
        let port = try Loopback.freePort()
        let odd = #"%{%Y-%m-%dT%H:%M:%S}t %{ms}T "%m %U%q %H" %>s %X"#
        let configuration = """
            ServerRoot \(world.url.path)
            ServerName shop
            PidFile \(world.url.path)/apache.pid
            Listen 127.0.0.1:\(port)
            LoadModule mpm_event_module \(Self.modules)/mod_mpm_event.so
            LoadModule authz_core_module \(Self.modules)/mod_authz_core.so
            LoadModule proxy_module \(Self.modules)/mod_proxy.so
            LoadModule proxy_http_module \(Self.modules)/mod_proxy_http.so
            User nobody
            Group nogroup
            ErrorLog \(world.url.path)/error.log
            LogFormat "%h %l %u %t \\"%r\\" %>s %b" common
            LogFormat "%v:%p %h %l %u %t \\"%r\\" %>s %O \\"%{Referer}i\\" \\"%{User-Agent}i\\" %D" vhosts
            LogFormat "\(odd.replacing("\"", with: "\\\""))" odd
            CustomLog \(world.url.path)/common.log common
            CustomLog \(world.url.path)/vhosts.log vhosts
            CustomLog \(world.url.path)/odd.log odd
            ProxyPass / http://127.0.0.1:\(nginx.port)/ retry=0

            """
        let file = world.url.appending(path: "apache.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        let server = try PeerServer(
            apache, ["-f", file.path, "-X"], port: port, output: world.url.appending(path: "out"),
            errors: world.url.appending(path: "out"))
        let truth = try Self.load(port, nothing: 400)
        server.end()
        for (log, format, hasDurations) in [
            ("common.log", "auto", false), ("vhosts.log", "auto", true), ("vhosts.log", "apache", true),
            ("odd.log", "apache:\(odd)", true),
        ] {
            let counts = try Counts(world, log, format)
            #expect(counts.byStatus == truth, "\(log) as \(format): \(counts.text)")
            #expect(counts.durations == (hasDurations ? counts.requests : nil), "\(log) as \(format)")
            #expect(counts.unparsed == 0 && counts.route("/items/:id") == 40, "\(log) as \(format)")
        }
    }

    @Test func `HAProxy's are counted exactly, bare and framed as syslog, its own messages apart`() throws {
        let world = try TemporaryFolder()
        guard let haproxy = Program.find("haproxy"), let nginx = try Nginx(in: world) else {
            print("skipped: haproxy or nginx is not installed; make test installs them")
            return
        }
        let (port, dead) = (try Loopback.freePort(), try Loopback.freePort())
        let configuration = """
            global
                log stdout format raw local0
                log stderr format rfc5424 local0
            defaults
                mode http
                log global
                option httplog
                timeout connect 2s
                timeout client 5s
                timeout server 5s
            frontend shop
                bind 127.0.0.1:\(port)
                acl gone path_beg /gone
                use_backend gone if gone
                default_backend shop
            backend shop
                server nginx 127.0.0.1:\(nginx.port) check inter 500
            backend gone
                server nobody 127.0.0.1:\(dead) check inter 200 fall 1

            """
        let file = world.url.appending(path: "haproxy.cfg")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        let (raw, framed) = (world.url.appending(path: "raw.log"), world.url.appending(path: "framed.log"))
        let server = try PeerServer(
            haproxy, ["-db", "-f", file.path], port: port, output: raw, errors: framed)
        // The look whether it listens is a connection without a request, which it logs as a bad one.
        var truth = try Self.load(port, nothing: 400)
        for status in try Loopback.ask(port, (0..<7).map { "/gone/\($0)" }) {
            truth["\(status)", default: 0] += 1
        }
        #expect(truth["503"] == 7)
        truth["400", default: 0] += 1
        // A line is written when its thread is done with the connection, which is after the answer has come.
        for log in [raw, framed] {
            #expect(
                Eventually.holds(within: 30) {
                    (try? String(contentsOf: log, encoding: .utf8))?.components(separatedBy: "GET /gone/")
                        .count == 8
                })
        }
        server.end()
        for (log, format) in [
            ("raw.log", "auto"), ("raw.log", "haproxy"), ("framed.log", "auto"), ("framed.log", "haproxy"),
        ] {
            let counts = try Counts(world, log, format)
            #expect(
                counts.byStatus == truth, "\(log) as \(format): \(counts.text)")
            #expect(counts.unparsed == 0 && counts.route("/items/:id") == 40, "\(log) as \(format)")
        }
    }

    @Test func `Caddy's are counted exactly, with their durations`() throws {
        let world = try TemporaryFolder()
        guard let caddy = Program.find("caddy"), let nginx = try Nginx(in: world) else {
            print("skipped: caddy or nginx is not installed; make test installs them")
            return
        }
        let port = try Loopback.freePort()
        let log = world.url.appending(path: "access.log")
        let configuration = """
            {
                admin off
                auto_https off
            }
            http://:\(port) {
                log {
                    output file \(log.path)
                }
                reverse_proxy 127.0.0.1:\(nginx.port)
            }

            """
        let file = world.url.appending(path: "Caddyfile")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        let server = try PeerServer(
            caddy, ["run", "--config", file.path, "--adapter", "caddyfile"], port: port,
            output: world.url.appending(path: "out"), errors: world.url.appending(path: "out"),
            environment: ["HOME": world.url.path])
        // What is no request at all is in none of Caddy's logs.
        let truth = try Self.load(port, nothing: nil)
        server.end()
        for format in ["auto", "caddy"] {
            let counts = try Counts(world, "access.log", format)
            #expect(counts.byStatus == truth, "\(format): \(counts.text)")
            #expect(counts.durations == counts.requests && counts.unparsed == 0)
            #expect(counts.route("/items/:id") == 40)
        }
    }

    @Test func `PostgreSQL's are counted exactly, as text, CSV and JSON alike`() throws {
        let world = try TemporaryFolder()
        guard let tools = Self.postgres, let setpriv = Program.find("setpriv") else {
            print("skipped: postgresql is not installed; make test installs it")
            return
        }
        // It refuses to run as root; and a socket's path is at most 107 bytes long.
        let root = world.url.path
        let isRoot = getuid() == 0
        if isRoot { chown(root, 65534, 65534) }
        func run(_ tool: String, _ words: [String]) throws -> Program.Result {
            let program = "\(tools)/\(tool)"
            return isRoot
                ? try Program.run(
                    setpriv, ["--reuid=65534", "--regid=65534", "--clear-groups", program] + words,
                    seconds: 60)
                : try Program.run(program, words, seconds: 60)
        }
        #expect(chmod(root, 0o755) == 0)
        let made = try run("initdb", ["-D", root + "/db", "-A", "trust", "-U", "shop", "--no-sync"])
        try #require(made.status == 0, "\(made.errors)")
        let settings =
            "-c listen_addresses= -c unix_socket_directories=\(root) -c logging_collector=on -c log_directory=\(root)/logs "
            + "-c log_destination=stderr,csvlog,jsonlog -c log_filename=postgresql.log -c log_min_duration_statement=40 "
            + "-c lc_messages=C -c log_line_prefix='%t %q[%l-1] user=%u,db=%d,app=%a %e:%p '"
        let started = try run(
            "pg_ctl", ["-D", root + "/db", "-w", "-l", root + "/start.log", "-o", settings, "start"])
        try #require(started.status == 0, "\(started.output)\(started.errors)")
        for statement in Array(repeating: "select pg_sleep(0.06), 'two\nlines'", count: 7)
            + Array(repeating: "select 1/0", count: 3)
            + Array(repeating: "select nothing\nfrom nowhere where x = 'it''s\n\nERROR:  none'", count: 2)
            + ["do $$ begin raise warning 'careful'; end $$", "select 1"]
        {
            _ = try run("psql", ["-h", root, "-U", "shop", "-d", "postgres", "-Atqc", statement])
        }
        let ended = try run("pg_ctl", ["-D", root + "/db", "-w", "-m", "fast", "stop"])
        #expect(ended.status == 0)
        for log in ["logs/postgresql.log", "logs/postgresql.csv", "logs/postgresql.json"] {
            for format in ["auto", "postgresql"] {
                let counts = try Counts(world, log, format)
                #expect(counts.bySeverity["ERROR"] == 5, "\(log) as \(format): \(counts.text)")
                #expect(counts.bySeverity["WARNING"] == 1, "\(log) as \(format): \(counts.text)")
                #expect(counts.slowStatements == 7 && counts.durations == 7, "\(log) as \(format)")
                #expect(counts.unparsed == 0, "\(log) as \(format)")
            }
        }
    }

    // MARK: - What is asked, and what is told

    private static let modules = "/usr/lib/apache2/modules"

    /// The folder of the newest server's programs.
    private static var postgres: String? {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap { Int($0) }.max().map { "\(root)/\($0)/bin" }
            .filter { FileManager.default.isExecutableFile(atPath: $0 + "/initdb") }
    }

    /// Requests of all kinds; how many had each status. `nothing` is that of bytes that are no request, where one is logged.
    private static func load(_ port: UInt16, nothing: Int?) throws -> [String: Int] {
        var counts: [String: Int] = [:]
        let paths =
            (0..<40).map { "/items/\($0)?token=secret\($0)" } + Array(repeating: "/fail", count: 12)
            + (0..<9).map { "/missing/\($0)" } + ["/%22%20x%5b%20%0a"]
        for status in try Loopback.ask(port, paths) { counts["\(status)", default: 0] += 1 }
        try Loopback.send(port, [0x16, 3, 1, 2, 0, 1, 0, 1, 0xFC, 3, 3] + Array("garbage\r\n\r\n".utf8))
        if let nothing { counts["\(nothing)", default: 0] += 1 }
        return counts
    }

    /// What `martlet-agent logs` tells of a log.
    private struct Counts {
        let text: String
        private let object: [String: Any]

        init(_ world: TemporaryFolder, _ log: String, _ format: String) throws {
            let agent = try #require(Program.built("martlet-agent"))
            let result = try Program.run(
                agent, ["logs", "-o", "json", "--format", format, world.url.appending(path: log).path])
            text = "\(result.output)\(result.errors)"
            object =
                (try? JSONSerialization.jsonObject(with: Data(result.output.utf8))) as? [String: Any] ?? [:]
            #expect(result.status == 0, "\(log) as \(format): \(text)")
        }

        private func number(_ path: String...) -> Int? {
            var value: Any? = object
            for name in path { value = (value as? [String: Any])?[name] }
            return value as? Int
        }

        var requests: Int? { number("requests") }
        var durations: Int? { number("latency", "count") }
        var unparsed: Int? { number("unparsed", "count") }
        var slowStatements: Int? { number("slow_statements") }
        var byStatus: [String: Int] { object["by_status"] as? [String: Int] ?? [:] }
        var bySeverity: [String: Int] { object["by_severity"] as? [String: Int] ?? [:] }

        func route(_ name: String) -> Int? {
            (object["routes"] as? [[String: Any]])?.first { $0["route"] as? String == name }?["requests"]
                as? Int
        }
    }
}

extension Optional {
    fileprivate func filter(_ holds: (Wrapped) -> Bool) -> Wrapped? { flatMap { holds($0) ? $0 : nil } }
}
