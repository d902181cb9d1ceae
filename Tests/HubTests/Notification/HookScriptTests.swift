import Foundation
import TestSupport
import Testing

@Suite struct `The hooks in Agents` {
    private let folder: TemporaryFolder
    private var path: String { folder.url.path }
    private static let facts = [
        "MARTLET_STATUS": "firing", "MARTLET_ALERT": "DiskFull", "MARTLET_SEVERITY": "critical",
        "MARTLET_COUNT": "3", "MARTLET_SUMMARY": "db1 98%\nof \"all\"", "MARTLET_ID": "a41f",
        "MARTLET_KEY": "DiskFull/a41f/firing/17", "MARTLET_AT": "2030-01-02T03:04:05Z",
        "MARTLET_OPEN": "ssh -t jump1 martlet --at a41f",
    ]

    init() throws {
        folder = try TemporaryFolder()
    }

    private func run(
        _ name: String, _ words: [String], secret: String? = nil, extra: [String: String] = [:]
    ) throws -> Program.Result {
        let script = Repository.root.appending(path: "Agents/hooks/\(name)").path
        var environment = ["PATH": "\(path):/usr/bin:/bin", "HOME": path]
        environment.merge(Self.facts.merging(extra) { $1 }) { $1 }
        try Data((secret ?? "").utf8).write(to: folder.url.appending(path: "secret"))
        let line = secret == nil ? "exec \"$@\"" : "exec \"$@\" 3< \"$HOME/secret\""
        return try Program.run(
            "/bin/sh", ["-c", line, "sh", script] + words, input: Data("{\"version\":\"4\"}".utf8),
            environment: environment)
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.url.appending(path: name), encoding: .utf8)) ?? ""
    }

    /// Serves one request on a port of its own, keeps it in the file `got`, and answers with `code`.
    private func receiving(_ code: Int, _ body: (String) throws -> Void) throws -> Bool {
        guard let python = Program.find("python3"), Program.find("curl") != nil else {
            print("skipped: python3 and curl are not installed")
            return false
        }
        let source = """
            import http.server, sys
            class Handler(http.server.BaseHTTPRequestHandler):
                def do_POST(self):
                    body = self.rfile.read(int(self.headers['Content-Length']))
                    open(sys.argv[1] + '/got', 'w').write(str(self.headers) + body.decode())
                    self.send_response(int(sys.argv[2])); self.end_headers(); self.wfile.write(b'because')
                def log_message(self, *rest): pass
            server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
            server.timeout = 20
            open(sys.argv[1] + '/port.new', 'w').write(str(server.server_port))
            import os; os.rename(sys.argv[1] + '/port.new', sys.argv[1] + '/port')
            server.handle_request()
            """
        let server = Process()
        server.executableURL = URL(filePath: python)
        server.arguments = ["-c", source, path, "\(code)"]
        try server.run()
        defer {
            server.terminate()
            server.waitUntilExit()
            try? FileManager.default.removeItem(atPath: "\(path)/port")
        }
        #expect(Eventually.holds { !text("port").isEmpty })
        try body("http://127.0.0.1:\(text("port"))/ops")
        return true
    }

    @Test(arguments: [(200, 0), (204, 0), (503, 75), (429, 75), (404, 1)])
    func `post alerts to a web hook, and say whether to try again`(code: Int, status: Int32) throws {
        let isRun = try receiving(code) { url in
            let result = try run("webhook.sh", [url], secret: "geheim")
            #expect(result.status == status, "\(result.output)\(result.errors)")
        }
        guard isRun else { return }
        let got = text("got")
        #expect(
            got.contains("Authorization: Bearer geheim")
                && got.contains("Idempotency-Key: DiskFull/a41f/firing/17"))
        #expect(got.hasSuffix("{\"version\":\"4\"}"))
    }

    @Test func `publish in ntfy's shape`() throws {
        let isRun = try receiving(200) { url in
            let result = try run("ntfy.sh", [url])
            #expect(result.status == 0, "\(result.output)\(result.errors)")
        }
        guard isRun else { return }
        let got = text("got")
        #expect(got.contains("Title: DiskFull firing (and 2 more)") && got.contains("Priority: 5"))
        #expect(got.hasSuffix("db1 98%\nof \"all\"\nssh -t jump1 martlet --at a41f\n"))
    }

    @Test(arguments: ["webhook.sh", "ntfy.sh"]) func `are tried again where nobody answers`(_ name: String)
        throws
    {
        guard Program.find("curl") != nil else { return print("skipped: curl is not installed") }
        #expect(try run(name, ["http://127.0.0.1:1/"]).status == 75)
        #expect(try run(name, []).status == 64)
    }

    @Test func `note an incident once, however often they are tried`() throws {
        let file = "\(path)/incidents"
        for _ in 0..<3 { #expect(try run("incident.sh", [file]).status == 0) }
        #expect(try run("incident.sh", [file], extra: ["MARTLET_KEY": "DiskFull/a41f/firing/1"]).status == 0)
        #expect(
            text("incidents").split(separator: "\n").first
                == "2030-01-02T03:04:05Z\tfiring\tcritical\ta41f\tDiskFull\tdb1 98% of \"all\"\tDiskFull/a41f/firing/17"
        )
        #expect(text("incidents").split(separator: "\n").count == 2)
        #expect(try run("incident.sh", ["\(path)/none/incidents"]).status == 75)
    }

    /// A program of that name before all others on PATH, which keeps its words and its input.
    private func stand(in name: String, status: Int) throws {
        try Program.script(
            """
            printf '%s\\n' "$@" > "$HOME/words"
            cat > "$HOME/input"
            exit \(status)
            """, at: "\(path)/\(name)")
    }

    @Test func `mail by sendmail, and end as it does`() throws {
        try stand(in: "sendmail", status: 75)
        #expect(try run("mail.sh", ["ops@example.net", "jo@example.net"]).status == 75)
        #expect(text("words") == "-i\n--\nops@example.net\njo@example.net\n")
        #expect(
            text("input").contains(
                "To: ops@example.net, jo@example.net\nSubject: [critical] DiskFull firing and 2 more\n"))
        #expect(try run("mail.sh", ["-oops"]).status == 64)
    }

    @Test func `write a line to syslog`() throws {
        try stand(in: "logger", status: 0)
        #expect(try run("syslog.sh", ["--server", "loghost"]).status == 0)
        #expect(
            text("words")
                == "-t\nmartlet\n-p\ndaemon.crit\n--server\nloghost\n--\nfiring DiskFull id=a41f count=3 db1 98% of \"all\"\n"
        )
        try stand(in: "logger", status: 1)
        #expect(try run("syslog.sh", []).status == 75)
    }
}
