import Foundation
import RequestLogs
import TestSupport
import Testing

/// The captures of real servers beside the truth about them, where the checkout has them.
@Suite struct `The logs of real servers` {
    private static let folder = Repository.root.appending(path: "../shared/data/logs")

    private struct Truth: Decodable {
        struct Latency: Decodable {
            let count: UInt64
            let sum: Double?
            let max: Double?
            let p50: Double?
            let p90: Double?
            let p99: Double?
        }

        let requests: UInt64?
        let by_status: [String: UInt64]?
        let errors: UInt64?
        let slow_statements: UInt64?
        let by_severity: [String: UInt64]?
        let unparseable_lines: UInt64?
        let latency: Latency
    }

    private struct Found: Decodable {
        struct Unparsed: Decodable {
            let count: UInt64
        }

        let format: String
        let requests: UInt64?
        let by_status: [String: UInt64]?
        let errors: UInt64?
        let slow_statements: UInt64?
        let by_severity: [String: UInt64]?
        let latency: Truth.Latency?
        let unparsed: Unparsed
    }

    private static let plain = #"%h %l %u %t "%r" %s %b"#

    /// What the servers were configured with, beside `auto`.
    private static let named: [String: [String]] = [
        "apache/combined": [
            "apache", "apache:combined",
            #"apache:%h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\""#,
        ],
        "apache/json_us": [
            "apache", "json",
            #"apache:{\"time\":\"%{%Y-%m-%dT%T}t.%{msec_frac}t%{%z}t\",\"client\":\"%a\",\"vhost\":\"%v\",\"user\":\"%u\",\"method\":\"%m\",\"uri\":\"%U\",\"query\":\"%q\",\"status\":%>s,\"bytes\":%B,\"duration_us\":%D,\"referer\":\"%{Referer}i\",\"agent\":\"%{User-Agent}i\"}"#,
        ],
        "apache/vhost_combined_D": [
            "apache", #"apache:%v:%p %h %l %u %t \"%r\" %>s %O \"%{Referer}i\" \"%{User-Agent}i\" %D"#,
        ],
        "caddy/console": ["caddy"], "caddy/json_file": ["caddy"], "caddy/json_stderr_mixed": ["caddy"],
        "django/gunicorn_default": [
            "gunicorn", #"gunicorn:%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#,
        ],
        "django/runserver": ["django", "runserver"], "django/uvicorn_default": ["uvicorn"],
        "express/combined": ["express", "morgan:combined"], "express/common": ["morgan:common"],
        "express/dev": ["morgan", "morgan:dev"], "express/json": ["json", "winston"],
        "express/pino_http": ["pino"],
        "flask/gunicorn_combined_D": [
            "gunicorn", #"gunicorn:%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(D)s"#,
        ],
        "flask/gunicorn_json": ["json"], "flask/werkzeug": ["flask", "werkzeug"],
        "haproxy/httplog_udp": ["haproxy", "haproxy:httplog"],
        "haproxy/json_stdout_raw": [
            "haproxy", "json",
            #"haproxy:{"time":"%t","client":"%ci","client_port":%cp,"frontend":"%ft","backend":"%b","server":"%s","TR":%TR,"Tw":%Tw,"Tc":%Tc,"Tr":%Tr,"Ta":%Ta,"status":%ST,"bytes_read":%B,"term":"%tsc","retries":"%rc","conns":%ac,"request":"%{+E}r"}"#,
        ],
        "mongodb/structured_44": ["mongodb"], "mysql/mariadb_error_log": ["mysql", "mysql:error"],
        "mysql/mariadb_slow_default": ["mysql", "mysql:slow"], "mysql/mysql8_slow_docs": ["mysql"],
        "nginx/combined": ["nginx", "nginx:combined"],
        "nginx/combined_timed": [
            "nginx",
            #"nginx:$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_response_time"#,
        ],
        "nginx/json": [
            "nginx", "json",
            #"nginx:{"time":"$time_iso8601","remote_addr":"$remote_addr","request_id":"$request_id","method":"$request_method","uri":"$request_uri","protocol":"$server_protocol","status":$status,"bytes":$body_bytes_sent,"request_time":$request_time,"upstream_response_time":"$upstream_response_time","upstream_status":"$upstream_status","referer":"$http_referer","user_agent":"$http_user_agent","user":"$remote_user","xff":"$http_x_forwarded_for"}"#,
        ],
        "postgresql/csvlog": ["postgresql", "postgresql:csvlog"],
        "postgresql/stderr_debian": ["postgresql", "postgresql:%m [%p] %q%u@%d "],
        "rails/lograge_kv": ["rails", "lograge"], "rails/production_default": ["rails"],
        "rails/puma_stdout": ["puma"],
        "springboot/combined_D_us": [
            "springboot", "tomcat10", #"tomcat10:\#(plain) "%{Referer}i" "%{User-Agent}i" %D"#,
        ],
        "springboot/common": ["tomcat10:common", "springboot"],
        "springboot/iso_ms_T": [
            "tomcat10",
            #"tomcat10:%{yyyy-MM-dd'T'HH:mm:ss.SSSXXX}t %a %m %U%q %H %s %B %{ms}T %F %I "%{User-Agent}i""#,
        ],
        "springboot/json_valve": ["tomcat10", #"tomcat10:\#(plain) %D"#],
    ]

    @Test func `agree with the truth about them, with the format named and without`() throws {
        guard FileManager.default.fileExists(atPath: Self.folder.path) else {
            print("skipped: \(Self.folder.path) is not there")
            return
        }
        let names =
            FileManager.default.enumerator(atPath: Self.folder.path)?.compactMap { $0 as? String } ?? []
        for name in names.filter({ $0.hasSuffix("/truth.json") }).map({ $0.dropLast(11) }).sorted() {
            let capture = Self.folder.appending(path: name)
            let truth = try JSONDecoder().decode(
                Truth.self, from: Data(contentsOf: capture.appending(path: "truth.json")))
            let log = try [UInt8](Data(contentsOf: capture.appending(path: "access.log")))
            for format in ["auto"] + (Self.named[String(name)] ?? []) {
                let wrong = try differences(log, format, truth)
                #expect(wrong.isEmpty, "\(name) as \(format): \(wrong.joined(separator: "; "))")
                let result = wrong.isEmpty ? "ok" : wrong.joined(separator: "; ")
                print("conformance \(name) as \(format.prefix(24)): \(result)")
            }
        }
    }

    private func differences(_ log: [UInt8], _ format: String, _ truth: Truth) throws -> [String] {
        guard let outcome = try Reading.read(log, format) else { return ["no format fits"] }
        let found = try JSONDecoder().decode(Found.self, from: Data(outcome.json.utf8))
        var wrong: [String] = []
        func compare<Value: Equatable>(_ name: String, _ truth: Value?, _ found: Value?) {
            if let truth, truth != found {
                wrong.append("\(name) is \(String(describing: found)), not \(truth)")
            }
        }
        compare("requests", truth.requests, found.requests)
        compare("by_status", truth.by_status, found.by_status)
        compare("errors", truth.errors, found.errors)
        compare("slow_statements", truth.slow_statements, found.slow_statements)
        compare("by_severity", truth.by_severity, found.by_severity)
        if found.unparsed.count > truth.unparseable_lines ?? 0 {
            wrong.append("\(found.unparsed.count) lines unparsed")
        }
        if truth.latency.count == 0 {
            if found.latency != nil { wrong.append("a latency that the log does not tell") }
            return wrong
        }
        compare("latency count", truth.latency.count, found.latency?.count)
        near("sum", truth.latency.sum, found.latency?.sum, 1e-6, &wrong)
        compare("max", truth.latency.max, found.latency?.max)
        near("p50", truth.latency.p50, found.latency?.p50, 0.011, &wrong)
        near("p90", truth.latency.p90, found.latency?.p90, 0.011, &wrong)
        near("p99", truth.latency.p99, found.latency?.p99, 0.011, &wrong)
        return wrong
    }

    private func near(
        _ name: String, _ truth: Double?, _ found: Double?, _ relative: Double, _ wrong: inout [String],
        absolute: Double = 1e-12
    ) {
        guard let truth else { return }
        if let found, abs(found - truth) <= truth * relative + absolute { return }
        wrong.append("\(name) is \(String(describing: found)), not \(truth)")
    }
}
