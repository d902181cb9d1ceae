import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

@testable import Agent

/// Probes against servers that run: python's, and one that says nothing.
@Suite struct `A probe of agent.conf` {
    private static func probe(
        _ kind: AgentConfiguration.Probe.Kind, _ target: String,
        _ change: (inout AgentConfiguration.Probe) -> Void = { _ in }
    ) -> AgentConfiguration.Probe {
        var probe = AgentConfiguration.Probe(name: "web")
        probe.kind = kind
        probe.target = target
        // Servers and scripts are slow where others keep the machine busy.
        probe.timeoutMilliseconds = 20_000
        change(&probe)
        return probe
    }

    private static let script = """
        import http.server, sys
        class H(http.server.BaseHTTPRequestHandler):
            def do_GET(s):
                body = b'{"status":"ok","build":{"version":"4.12.1"}}'
                s.send_response(503 if s.path == '/down' else 200)
                s.send_header('X-Version', 'v2')
                s.send_header('Content-Length', str(len(body)))
                s.end_headers()
                s.wfile.write(body if s.headers.get('Host') != 'other' else b'x' * len(body))
            def log_message(s, *a): pass
        server = http.server.HTTPServer(('127.0.0.1', 0), H)
        print(server.server_port, flush=True)
        server.serve_forever()
        """

    @Test func `tells what a server answers, and which version it names`() throws {
        let server = try LineServer(["python3", "-c", Self.script])
        defer { server.end() }
        let base = "http://127.0.0.1:\(server.firstLine)"
        let good = ProbeWork.look(Self.probe(.http, "\(base)/") { $0.version = "json build.version" })
        #expect(good.isGood && good.version == "4.12.1", "\(good.reason)")
        #expect(good.nanoseconds > 0)
        #expect(
            ProbeWork.look(Self.probe(.http, "\(base)/") { $0.version = "header x-version" }).version == "v2")
        let down = ProbeWork.look(Self.probe(.http, "\(base)/down") { $0.version = "json build.version" })
        #expect(!down.isGood && down.reason == "status 503, expected 2xx" && down.version == "4.12.1")
        #expect(ProbeWork.look(Self.probe(.http, "\(base)/down") { $0.expect = "503" }).isGood)
        #expect(ProbeWork.look(Self.probe(.http, "\(base)/") { $0.contains = #""status":"ok""# }).isGood)
        let other = ProbeWork.look(
            Self.probe(.http, "\(base)/") {
                $0.contains = #""status":"ok""#
                $0.headers = ["Host: other"]
            })
        #expect(other.reason == #"status 200, and the answer does not contain "status":"ok""#)
        #expect(ProbeWork.look(Self.probe(.tcp, "localhost:\(server.firstLine)")).isGood)
    }

    @Test func `tells of a port where nobody listens, and of a server that says nothing`() throws {
        let silent = try LineServer([
            "python3", "-c",
            "import socket,time;s=socket.create_server(('127.0.0.1',0));print(s.getsockname()[1],flush=True);time.sleep(60)",
        ])
        let port = silent.firstLine
        let late = ProbeWork.look(
            Self.probe(.http, "http://127.0.0.1:\(port)/") { $0.timeoutMilliseconds = 300 })
        #expect(late.reason == "no whole answer in time")
        #expect((300_000_000...15_000_000_000).contains(late.nanoseconds))
        silent.end()
        #expect(
            Eventually.holds {
                ProbeWork.look(Self.probe(.tcp, "127.0.0.1:\(port)")).reason
                    == "127.0.0.1:\(port): Connection refused"
            })
        let nowhere = ProbeWork.look(
            Self.probe(.tcp, "no-such-host.invalid:80") { $0.timeoutMilliseconds = 10_000 })
        #expect(nowhere.reason == "no-such-host.invalid has no address")
    }

    @Test func `takes a script's exit status and its words`() {
        #expect(ProbeWork.look(Self.probe(.run, "/bin/sh -c 'echo fine | cat; exit 1'")).isGood)
        let bad = ProbeWork.look(Self.probe(.run, "/bin/sh -c 'echo disk is full; exit 2'"))
        #expect(!bad.isGood && bad.reason == "exit status 2: disk is full")
        let version = ProbeWork.look(Self.probe(.run, "/bin/echo 4.12.1") { $0.version = "line" })
        #expect(version.version == "4.12.1")
        #expect(!ProbeWork.look(Self.probe(.run, "/no/such/program")).isGood)
    }

    @Test func `ends a script that hangs, with all that it started`() {
        let began = Date()
        let marker = "4711.\(getpid())"
        let late = ProbeWork.look(
            Self.probe(.run, "/bin/sh -c 'sleep \(marker) & sleep \(marker)'") {
                $0.timeoutMilliseconds = 300
            })
        #expect(late.reason == "no whole answer in time")
        #expect(Date().timeIntervalSince(began) < 30)
        #expect(Eventually.holds { !Self.runs("sleep\0\(marker)\0") })
    }

    @Test func `shows series, and takes a version that is gone away`() throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.url.path)/version"
        try "1.0\n".write(toFile: file, atomically: true, encoding: .utf8)
        let probes = ServiceProbes([
            Self.probe(.run, "/bin/cat \(file)") {
                $0.version = "line"
                $0.everyMilliseconds = 1000
            }
        ])
        var readings = Readings()
        func read(until isThere: (Readings) -> Bool) -> Bool {
            Eventually.holds {
                try? probes.read(into: &readings, at: AgentLoop.now())
                return isThere(readings)
            }
        }
        func versions(_ readings: Readings) -> [String] {
            readings.definitions.compactMap { $0?.key.labels["version"] }
        }
        #expect(read { versions($0) == ["1.0"] })
        try "2.0\n".write(toFile: file, atomically: true, encoding: .utf8)
        #expect(read { versions($0) == ["2.0"] })
        let names = Set(readings.definitions.compactMap { $0?.key.name })
        #expect(
            names == [
                "martlet_probe_success", "martlet_probe_duration_seconds", "martlet_probe_timestamp_seconds",
                "martlet_probe_version_info",
            ])
    }

    /// A hub that saw it fail before must not take it for gone while it waits for the first answer.
    @Test func `is there from the first, without a value before its first answer`() throws {
        let bench = ProbeBench([
            ServiceProbes([
                Self.probe(.run, "/bin/sleep 19"), Self.probe(.tls, "127.0.0.1:1") { $0.name = "cert" },
            ])
        ])
        let samples = try bench.tick()
        #expect(samples.keys.allSatisfy { !$0.hasPrefix("martlet_probe_") })
        let names = ["cert", "web"].flatMap { probe in
            ["duration_seconds", "success", "timestamp_seconds"].map {
                "martlet_probe_\($0){probe=\"\(probe)\"}"
            }
        }
        #expect(
            Set(bench.known.values.filter { $0.hasPrefix("martlet_probe_") })
                == Set(names + ["martlet_probe_tls_not_after_timestamp_seconds{probe=\"cert\"}"]))
    }

    @Test
    func
        `has no value of what a script that failed did not come to, and lets go of what a good one left out`()
        throws
    {
        let folder = try TemporaryFolder()
        let file = "\(folder.url.path)/check.sh"
        func says(_ text: String) throws {
            try Data(text.utf8).write(to: URL(filePath: file), options: .atomic)
        }
        try says("echo 'fine | depth=7 age=3'")
        let bench = ProbeBench([
            ServiceProbes([Self.probe(.run, "/bin/sh \(file)") { $0.everyMilliseconds = 1000 }])
        ])
        func told(_ depth: Double?, _ age: Double?, series: Int) throws -> Bool {
            try Eventually.holds {
                let values = try bench.tick()
                let found = values.filter { $0.key.hasPrefix("martlet_probe_performance{") }
                func value(_ label: String) -> Double? {
                    found.first { $0.key.contains("\"\(label)\"") }?.value
                }
                return found.count == series && value("depth") == depth && value("age") == age
            }
        }
        #expect(try told(7, 3, series: 2))
        try says("echo 'late | age=4'; exit 2")
        #expect(try told(nil, 4, series: 1))
        #expect(bench.known.values.count { $0.hasPrefix("martlet_probe_performance{") } == 2)
        try says("echo 'fine | age=5'")
        #expect(try told(nil, 5, series: 1))
        #expect(bench.known.values.count { $0.hasPrefix("martlet_probe_performance{") } == 1)
    }

    /// Other values than those of its looks are in no tick: a day is long, and a rule takes nothing older than five minutes.
    @Test func `tells with each tick what its last look found, however seldom it looks`() throws {
        let probes = ServiceProbes([
            Self.probe(.run, "/bin/true") {
                $0.everyMilliseconds = 86_400_000
                $0.timeoutMilliseconds = 80_000_000
            }
        ])
        let bench = ProbeBench([probes])
        let success = "martlet_probe_success{probe=\"web\"}"
        #expect(try Eventually.holds { try bench.tick()[success] == 1 })
        for _ in 0..<600 { #expect(try bench.tick()[success] == 1) }
    }

    @Test func `reads a server's certificate`() throws {
        let folder = try TemporaryFolder()
        let made = Process()
        made.executableURL = URL(filePath: "/usr/bin/openssl")
        made.arguments = [
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout",
            "\(folder.url.path)/key", "-out", "\(folder.url.path)/cert", "-subj", "/CN=localhost", "-days",
            "9",
        ]
        made.standardError = FileHandle.nullDevice
        try made.run()
        made.waitUntilExit()
        let server = try LineServer([
            "python3", "-c",
            """
            import ssl, socket, sys
            c = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); c.load_cert_chain(sys.argv[1] + '/cert', sys.argv[1] + '/key')
            s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True)
            while True:
                try:
                    k = c.wrap_socket(s.accept()[0], server_side=True); k.recv(100); k.close()
                except OSError: pass
            """, folder.url.path,
        ])
        defer { server.end() }
        let answer = ProbeWork.look(
            Self.probe(.tls, "127.0.0.1:\(server.firstLine)") { $0.timeoutMilliseconds = 10_000 })
        #expect(answer.isGood, "\(answer.reason)")
        let days = Double((answer.notAfter ?? 0) - Int64(time(nil))) / 86_400
        #expect((8.9...9.1).contains(days))
    }

    private static func runs(_ words: String) -> Bool {
        let pids = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return pids.contains { pid in
            guard Int(pid) != nil, let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline")
            else {
                return false
            }
            return line.elementsEqual(words.utf8)
        }
    }
}

/// A program that says one line, as its port, and serves until it is ended.
private final class LineServer {
    let firstLine: String
    private let process = Process()

    init(_ words: [String]) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        // The system's own programs: a wrapper found on another PATH would take the end that is meant for its child.
        process.environment = ["PATH": "/usr/bin:/bin"]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty,
            byte != Data([0x0A])
        {
            line += byte
        }
        firstLine = String(decoding: line, as: UTF8.self)
    }

    func end() {
        // Not to be waited for: Foundation's wait may never end where another thread started the process.
        kill(process.processIdentifier, SIGKILL)
    }
}
