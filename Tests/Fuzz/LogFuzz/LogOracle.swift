import RequestLogs

/// What must hold of any log: no trap, the same counts wherever it is split, and routes that add up to the requests.
enum LogOracle {
    nonisolated(unsafe) static var requests: UInt64 = 0  // One thread: libFuzzer's, or main's.

    /// nginx's combined format with times, whose lines are read many at a time, as those of Apache's are.
    private static let timed = """
        nginx:$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" \
        "$http_user_agent" $request_time $upstream_response_time
        """

    /// The formats, by the input's first byte.
    static let formats = [
        "auto",
        "nginx:$remote_addr - $remote_user [$time_local] \"$request\" $status $request_time \"$http_user_agent\"",
        timed, "apache:combined", "apache:common",
        "tomcat9:%h %l %u %t \"%r\" %s %b %D",
        "gunicorn:%(h)s \"%(r)s\" %(s)s %(D)s",
        "morgan:dev",
        "haproxy:httplog", "uwsgi", "traefik", "uvicorn", "runserver", "werkzeug", "json:duration=ms",
        "caddy", "mongodb",
        "logfmt", "lograge", "railsdefault", "postgresql:stderr", "postgresql:csv", "jsonlog", "mysql:slow",
        "mysql:error",
        "springbootapp", "nginx-error", "apache-error", "php-fpm", "gunicornerror", "mongodbtext",
        "application",
        "uwsgi:%(addr) [%(ltime)] \"%(method) %(uri) %(proto)\" %(status) %(micros)",
        "nginx:$remote_addr $upstream_response_time $request_time $status $host$request_uri",
        "pattern:{time} {level} {method} {path} {status} {duration_ms}ms {message}",
    ]

    /// The first byte names the format, the second the place of the cut.
    static func check(_ input: [UInt8]) {
        guard input.count > 2 else { return }
        let name = formats[Int(input[0]) % formats.count]
        let log = Array(input[2...])
        let cut = log.count * Int(input[1]) / 256
        guard let whole = read([log], name, log) else { return }
        let halves = read([Array(log[..<cut]), Array(log[cut...])], name, log)
        precondition(
            whole.json == halves?.json,
            "\(name): cut at \(cut) of \(log.count) bytes: \(whole.json) \(halves?.json ?? "") of \(log)")
        if [timed, "apache:combined", "apache:common"].contains(name) {
            let lines = readLines(name, log)
            precondition(whole.json == lines, "\(name): by lines: \(whole.json) \(lines ?? "") of \(log)")
        }
        let routed = whole.summary.series.reduce(0) { $0 + $1.requests }
        precondition(
            routed == whole.summary.requests, "\(name): routes hold \(routed) of \(whole.summary.requests)")
        requests += whole.summary.requests
    }

    private static func read(
        _ pieces: [[UInt8]], _ name: String, _ log: [UInt8]
    ) -> (summary: LogSummary, json: String)? {
        guard let format = format(name, log) else { return nil }
        var summary = LogSummary()
        var reader = LogReader(format)
        var buffer = LineBuffer()
        for (index, piece) in pieces.enumerated() {
            var offset = 0
            repeat {
                offset += buffer.append(piece.span, from: offset)
                let isFinal = index == pieces.count - 1 && offset == piece.count
                reader.read(&buffer, isFinal: isFinal, into: &summary)
            } while offset < piece.count
        }
        return (summary, SummaryJSON.text(summary, format: format))
    }

    /// The same as a file that is followed: one line at a time.
    private static func readLines(_ name: String, _ log: [UInt8]) -> String? {
        guard let format = format(name, log) else { return nil }
        var summary = LogSummary()
        var reader = LogReader(format)
        var lines = log.split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            let line = Array(line.last == 0x0D ? line.dropLast() : line)
            reader.take(line.span, into: &summary)
        }
        reader.finish(into: &summary)
        return SummaryJSON.text(summary, format: format)
    }

    private static func format(_ name: String, _ log: [UInt8]) -> LogFormat? {
        switch try? LogFormats.choice(name) {
        case .fixed(let format): format.fitted(to: log.span)
        case .detected(let family): Detector.candidates(log.span, family: family).first?.format
        case nil: nil
        }
    }
}
