import Foundation
import TestSupport

/// Others that start a command when a threshold is crossed, as fast as they can be set: monit with a cycle of a second, and
/// Prometheus with Alertmanager at a second and no waits, and a receiver that starts the hook.
final class AlertPeers {
    private(set) var lanes: [CrossingLane] = []
    private var children: [Child] = []

    init(_ folder: URL) throws {
        if let monit = Program.find("monit") { try add(monit: monit, folder.appending(path: "monit")) }
        if let prometheus = Program.find("prometheus"), let manager = Program.find("prometheus-alertmanager"),
            let python = Program.find("python3")
        {
            try add(prometheus: prometheus, manager, python, folder.appending(path: "prometheus"))
        }
    }

    func end() { for child in children { child.end() } }

    private func add(monit: String, _ folder: URL) throws {
        let root = folder.path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let hook = "#!/bin/sh\ndate +%s.%N >> \(root)/times\n"
        try Self.write(hook, "\(root)/hook", mode: 0o755)
        try Self.write("", "\(root)/value")
        let words = ["log", "id", "state", "pid"].map { "set \($0)file \(root)/\($0)" }
        let settings =
            "set daemon 1\n" + words.joined(separator: "\n").replacing("set logfile", with: "set log")
            + "\ncheck file value with path \(root)/value\n if size > 10 B then exec \"\(root)/hook\"\n"
        try Self.write(settings, "\(root)/monitrc", mode: 0o600)
        children.append(try Child([monit, "-I", "-c", "\(root)/monitrc"]))
        lanes.append(
            CrossingLane(
                "monit", seed: 101, stamps: "\(root)/times", settleSeconds: 3,
                cross: { try? Self.write("a value of some length\n", "\(root)/value") },
                back: { try? Self.write("", "\(root)/value") }))
    }

    private func add(prometheus: String, _ manager: String, _ python: String, _ folder: URL) throws {
        let root = folder.path
        try FileManager.default.createDirectory(atPath: root, withIntermediateDirectories: true)
        let ports = try (0..<3).map { _ in try NodeExporter.freePort() }
        try Self.write(Self.receiver, "\(root)/receiver.py")
        try Self.write("0", "\(root)/value")
        try Self.write(
            """
            global: {scrape_interval: 1s, evaluation_interval: 1s, scrape_timeout: 1s}
            rule_files: ["\(root)/rules.yml"]
            scrape_configs: [{job_name: bench, static_configs: [{targets: ["127.0.0.1:\(ports[0])"]}]}]
            alerting: {alertmanagers: [{static_configs: [{targets: ["127.0.0.1:\(ports[1])"]}]}]}

            """, "\(root)/prometheus.yml")
        try Self.write(
            "groups: [{name: bench, rules: [{alert: Crossed, expr: bench_value > 10, for: 0s}]}]\n",
            "\(root)/rules.yml")
        try Self.write(
            """
            route: {receiver: bench, group_wait: 0s, group_interval: 1s, repeat_interval: 1h, group_by: ["..."]}
            receivers: [{name: bench, webhook_configs: [{url: "http://127.0.0.1:\(ports[0])/", send_resolved: true}]}]

            """, "\(root)/alertmanager.yml")
        children.append(try Child([python, "\(root)/receiver.py", "\(ports[0])", root]))
        children.append(
            try Child([
                manager, "--config.file=\(root)/alertmanager.yml", "--storage.path=\(root)/manager",
                "--web.listen-address=127.0.0.1:\(ports[1])", "--cluster.listen-address=",
                "--log.level=error",
            ]))
        children.append(
            try Child([
                prometheus, "--config.file=\(root)/prometheus.yml", "--storage.tsdb.path=\(root)/data",
                "--web.listen-address=127.0.0.1:\(ports[2])", "--log.level=error",
            ]))
        lanes.append(
            CrossingLane(
                "Prometheus and Alertmanager", seed: 102, stamps: "\(root)/times", settleSeconds: 7,
                cross: { try? Self.write("20", "\(root)/value") },
                back: { try? Self.write("0", "\(root)/value") }))
    }

    /// Answers the scrape with what stands in the file `value`, and starts the hook where an alert fires.
    private static let receiver = """
        import http.server, subprocess, sys
        root = sys.argv[2]
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = 'HTTP/1.1'
            def log_message(self, *words): pass
            def answer(self, body):
                self.send_response(200)
                self.send_header('Content-Type', 'text/plain; version=0.0.4')
                self.send_header('Content-Length', str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            def do_GET(self):
                self.answer(b'bench_value ' + (open(root + '/value', 'rb').read() or b'0') + b'\\n')
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                if b'"status":"firing"' in body:
                    subprocess.Popen(['/bin/sh', '-c', 'date +%s.%N >> ' + root + '/times']).wait()
                self.answer(b'')
        http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler).serve_forever()

        """

    private static func write(_ text: String, _ path: String, mode: mode_t = 0o644) throws {
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        chmod(path, mode)
    }
}
