import RequestLogs
import Testing

/// Lines that trip parsers, with what each must be read as.
@Suite struct `A nasty line` {
    struct Row: Sendable {
        var format: String
        var line: String
        var status = "200"
        var route = "other"
        var microseconds: Int64?
    }

    private static let nginx =
        #"nginx:$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_time $upstream_response_time"#
    private static let time = "[22/Nov/2026:08:09:25 +0000]"

    static let rows: [Row] = [
        Row(
            format: nginx,
            line: #"::1 - bob smith \#(time) "GET /a/7 HTTP/1.1" 200 5 "-" "x" 0.003 0.001, 0.002 : -"#,
            route: "/a/:id", microseconds: 3000),
        Row(
            format: nginx, line: #"::1 - - \#(time) "\x16\x03\x01" 400 5 "-" "-" 0.000 -"#, status: "400",
            microseconds: 0),
        Row(
            format: nginx, line: #"::1 - - \#(time) "" 400 0 "-" "-" 12.345 -"#, status: "400",
            microseconds: 12_345_000),
        Row(
            format: nginx, line: #"::1 - - \#(time) "GET / HTTP/2.0" 000 0 "-" "-" - -"#, status: "none",
            route: "other"),
        Row(
            format: "morgan:combined", line: #"1.2.3.4 - - \#(time) "GET /q?a="b" HTTP/1.1" 404 5 "-" "-""#,
            status: "404"),
        Row(format: "apache:common", line: #"h - - \#(time) "GET /b\"c HTTP/1.0" 200 -"#, route: #"/b\"c"#),
        Row(
            format: "apache:%h %l %u %t \"%r\" %>s %b %D",
            line: #"h - "" \#(time) "GET / HTTP/1.1" 200 7 1234"#, route: "/", microseconds: 1234),
        Row(
            format: "tomcat9:%h %l %u %t \"%r\" %s %b %D", line: #"h - - \#(time) "GET / HTTP/1.1" 200 7 12"#,
            route: "/", microseconds: 12_000),
        Row(
            format: "tomcat10:%h %l %u %t \"%r\" %s %b %D",
            line: #"h - - \#(time) "GET / HTTP/1.1" 200 7 12"#, route: "/", microseconds: 12),
        Row(
            format: "morgan:combined",
            line: #"::ffff:1.2.3.4 - - \#(time) "GET /x HTTP/1.1" 200 11 "-" "a "quoted" agent""#, route: "/x"
        ),
        Row(format: "morgan:tiny", line: "GET /x?y=1 - - - - ms", status: "none"),
        Row(
            format: #"gunicorn:%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s" %(D)s"#,
            line: #"1.2.3.4 - - \#(time) "GET /x HTTP/1.1" 200 5 "-" "ends in a backslash\" 527"#,
            route: "/x",
            microseconds: 527),
        Row(
            format: #"gunicorn:%(h)s %(t)s "%(r)s" %(s)s "%(a)s" %(L)s"#,
            line: #"1.2.3.4 \#(time) "GET /x HTTP/1.1" 200 "\" \\" end" 0.527000"#, route: "/x",
            microseconds: 527_000),
        Row(
            format: "haproxy:httplog",
            line:
                #"10.0.1.2:33317 [06/Feb/2009:12:14:14.655] http-in~ static/srv1 10/0/30/69/+109 200 +2750 - - ---- 1/1/1/1/+2 0/0 {1wt.eu} {} "GET /index.html HTTP/1.1""#,
            route: "/index.html", microseconds: 109_000),
        Row(
            format: "haproxy:httplog",
            line:
                #"[::1]:33317 [06/Feb/2009:12:14:14.655] http-in http-in/<NOSRV> -1/-1/-1/-1/1 400 187 - - PR-- 1/1/0/0/0 0/0 "<BADREQ>""#,
            status: "400", microseconds: 1000),
        Row(
            format: "uwsgi",
            line:
                "[pid: 14|app: 0|req: 3/5] 10.0.0.1 () {42 vars in 675 bytes} [Sun Nov 22 08:09:25 2026] GET /items/9?x=1 => generated 15 bytes in 7 msecs (HTTP/1.1 200) 3 headers in 80 bytes (1 switches on core 0)",
            route: "/items/:id", microseconds: 7000),
        Row(
            format: "traefik",
            line:
                #"10.0.0.1 - - \#(time) "GET /t HTTP/2.0" 200 5 "-" "-" 17 "web@docker" "http://10.0.0.2:80" 3ms"#,
            route: "/t", microseconds: 3000),
        Row(format: "uvicorn", line: #"INFO:     ::1:5000 - "GET /u HTTP/1.1" 200 OK"#, route: "/u"),
        Row(
            format: "logfmt",
            line:
                #"at=info method=GET path="/h?x=1" host=a.herokuapp.com request_id=1 fwd="1.2.3.4" dyno=web.1 connect=1ms service=18ms status=200 bytes=13"#,
            route: "/h", microseconds: 18_000),
        Row(
            format: "json",
            line:
                #"{"msg":"done","http":{"request":{"method":"GET"},"response":{"status_code":200}},"url":{"path":"\/a\/7"},"event":{"duration":1500000}}"#,
            route: "/a/:id", microseconds: 1500),
        Row(
            format: "json",
            line:
                #"{"@timestamp":"x","http.request.method":"GET","http.response.status_code":200,"url.path":"/e","event.duration":2000}"#,
            route: "/e", microseconds: 2),
        Row(
            format: "json", line: #"{"status":200,"method":"GET","path":"/g","latency":"1.5ms"}"#,
            route: "/g", microseconds: 1500),
        Row(
            format: "pattern:{time} {level} [{_}] {method} {path} -> {status} in {duration_ms} ms",
            line: "2026-11-22T08:00:00Z   INFO [pool-1] GET /p/1 ->\t200 in 1.25 ms", route: "/p/:id",
            microseconds: 1250),
    ]

    @Test(arguments: rows)
    func `is read as what it tells`(_ row: Row) throws {
        let outcome = try #require(try Reading.read(row.line + "\n", row.format))
        let summary = outcome.summary
        #expect(summary.requests == 1, "\(outcome.json)")
        #expect(summary.statuses[Int(row.status) ?? 0] == 1, "\(outcome.json)")
        let series = try #require(summary.series.first { $0.requests == 1 })
        #expect(summary.routes.name(of: series.route) == row.route)
        #expect(series.latency.count == (row.microseconds == nil ? 0 : 1), "\(outcome.json)")
        if let microseconds = row.microseconds { #expect(series.latency.greatest == microseconds * 1000) }
    }

    @Test(arguments: [
        "", "\0\0\0\0", "\u{1B}[31m", "GET", #"""""""#, "{", #"{"status":200,"path":"/x""#, "\u{FF}\u{FE}",
        #"1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] "GET / HTTP/1.1" 2000 5 "-" "-" 0.003 -"#,
        #"1.2.3.4 - - [22/Nov/2026:08:09:2"#,
    ])
    func `that is torn, empty or garbage is no request`(_ line: String) throws {
        for format in [Self.nginx, "json:status=status", "haproxy:httplog", "lograge", "runserver", "uwsgi"] {
            let outcome = try #require(try Reading.read(line + "\n", format))
            #expect(outcome.summary.requests == 0, "\(format): \(outcome.json)")
            #expect(outcome.summary.other + outcome.summary.unparsed.count > 0)
        }
    }

    @Test(arguments: ["100000000h", "-100000000h", "9000000000m", "9223372036s9223372036s", "1e300h"])
    func `that tells of more time than there is tells of none`(_ duration: String) throws {
        let line = #"{"method":"GET","path":"/","status":200,"duration":"\#(duration)"}"#
        let outcome = try #require(try Reading.read(line + "\n", "json:status=status"))
        #expect(outcome.summary.requests == 1)
        #expect(outcome.summary.latency.count == 0, "\(outcome.json)")
    }

    @Test(arguments: ["9000000000000000", "-9000000000000000", "-62135596801", "253402300800"])
    func `of a time that no calendar has is read and has none`(_ time: String) throws {
        let outcome = try #require(
            try Reading.read("\(time) \"GET / HTTP/1.1\" 200\n", #"nginx:$msec "$request" $status"#))
        #expect(outcome.summary.requests == 1)
        #expect(outcome.summary.firstTime == nil)
    }

    @Test func `of a request in another format than the log began with is not read, and not passed over`()
        throws
    {
        let text = #"1.2.3.4 - - \#(Self.time) "GET /a HTTP/1.1" 200 5 "-" "-""# + "\n"
        let json = #"{"time":"2026-11-22T08:09:25Z","method":"GET","path":"/a","status":200}"# + "\n"
        let aside = "goroutine 7 [running]:\n" + #"{"level":"info","msg":"started"}"# + "\n"
        for (first, later) in [(text, json), (json, text)] {
            let log = String(repeating: first, count: 50) + aside + String(repeating: later, count: 5)
            let outcome = try #require(try Reading.read(log))
            #expect(outcome.summary.requests == 50, "\(outcome.json)")
            #expect(outcome.summary.unparsed.byReason == [.mismatch: 5], "\(outcome.json)")
            #expect(outcome.summary.unparsed.first.first?.line == 53)
        }
    }

    @Test(arguments: [
        (values: (1...60).map { $0 * 15 }, notes: "is not certain"),
        (values: (1...60).map { $0 * 2500 }, notes: "microseconds"),
        (values: (1...60).map { $0 * 15 - 14 }, notes: "milliseconds"),
        (values: (1...60).map { $0 * 25_000 }, notes: "is not certain"),
        (values: (1...60).map { $0 * 25_000_000 }, notes: "nanoseconds"),
    ])
    func `of JSON whose duration may be in more than one unit has none`(_ row: (values: [Int], notes: String))
        throws
    {
        let log = row.values.map { #"{"method":"GET","path":"/","status":200,"duration":\#($0)}"# + "\n" }
        let outcome = try #require(try Reading.read(log.joined()))
        #expect(outcome.format.notes.first?.contains(row.notes) == true, "\(outcome.json)")
        #expect((outcome.summary.latency.count == 0) == (row.notes == "is not certain"), "\(outcome.json)")
    }

    @Test func `of Rails that never completed is given up, and makes no route unknown for ever`() throws {
        var log = Self.started("/lost", minute: 0)
        for minute in 0..<40 { log += Self.started("/a", minute: minute) + Self.completed }
        let outcome = try #require(try Reading.read(log, "rails"))
        #expect(outcome.summary.requests == 41, "\(outcome.json)")
        #expect(outcome.summary.statuses[200] == 40, "\(outcome.json)")
        #expect(Self.requests(of: "/a", outcome.summary) >= 15, "\(outcome.json)")
        #expect(Self.requests(of: "/lost", outcome.summary) == 0, "\(outcome.json)")
    }

    @Test func `of Rails that overlaps another is nobody's until all of them are done`() throws {
        let log =
            Self.started("/a", minute: 0) + Self.started("/b", minute: 0) + Self.completed + Self.completed
            + Self.started("/c", minute: 1) + Self.completed
        let outcome = try #require(try Reading.read(log, "rails"))
        #expect(Self.requests(of: "unknown", outcome.summary) == 2, "\(outcome.json)")
        #expect(Self.requests(of: "/c", outcome.summary) == 1, "\(outcome.json)")
        #expect(outcome.summary.requests == 3, "\(outcome.json)")
    }

    private static let completed = "Completed 200 OK in 12ms (Views: 0.2ms)\n"

    private static func started(_ path: String, minute: Int) -> String {
        "Started GET \"\(path)\" for 127.0.0.1 at 2026-11-22 08:\(minute < 10 ? "0" : "")\(minute):12 +0000\n"
    }

    private static func requests(of route: String, _ summary: LogSummary) -> UInt64 {
        summary.series.filter { summary.routes.name(of: $0.route) == route }.reduce(0) { $0 + $1.requests }
    }

    @Test func `of sshd that begins with Server is none of HAProxy`() throws {
        let sshd = "Server listening on 0.0.0.0 port 22.\nServer listening on :: port 22.\n"
        #expect(try Reading.read(sshd) == nil)
        let haproxy =
            "Server shop/web1 is DOWN, reason: Layer4 timeout\nServer shop/web1 is UP, reason: Layer4 check passed\n"
        #expect(try Reading.read(haproxy)?.summary.entries.count == 2)
    }

    @Test func `behind a hole of NUL bytes is read, and the hole is counted`() throws {
        let line = #"1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] "GET / HTTP/1.1" 200 5"#
        let bytes = [UInt8](repeating: 0, count: 5000) + Array(line.utf8) + [0x0A]
        let outcome = try #require(try Reading.read(bytes, "apache:common"))
        #expect(outcome.summary.requests == 1)
        #expect(outcome.summary.unparsed.byReason[.nul] == 1)
    }
}
