/// What servers write beside their requests: into error logs of their own, or between the lines of the requests.
///
/// | log | line |
/// | --- | --- |
/// | nginx | `2026/11/22 08:09:25 [error] 7#7: *5 upstream timed out (110: ...) while ..., client: ..., server: ...` |
/// | Apache | `[Sun Nov 22 08:09:25.123456 2026] [proxy:error] [pid 7:tid 8] (111)Connection refused: [client 192.0.2.7:80] AH00957: ...`, 2.2 without the numbers |
/// | gunicorn | `[2026-11-22 08:09:25 +0000] [7] [ERROR] message` |
/// | PHP-FPM, PHP | `[22-Nov-2026 08:09:25] WARNING: [pool www] ...`, `[22-Nov-2026 08:09:25 UTC] PHP Fatal error:  ...` |
/// | HAProxy | `Server app/a is DOWN, reason: ...`, behind syslog's header |
/// | Python | `ERROR:app:message`, uvicorn's `ERROR:    message` |
/// | uWSGI | `*** HARAKIRI ON WORKER 1 ... ***`, `DAMN ! worker 1 (pid: 7) died, killed by signal 9 :( ...` |
///
/// The forms are those of ngx_log.c, Apache's ErrorLogFormat, gunicorn's glogging, php-fpm's zlog.c and main.c,
/// HAProxy's server.c and proxy.c, uWSGI's master and worker code.
enum ServerEntry: UInt8, Sendable, CaseIterable {
    case nginx, apache, gunicorn, php, haproxy, uwsgi, python

    /// The entry that the line is; nil for other lines, such as those of a stack trace. `name` is a word for its severity
    /// where the line holds none.
    func read(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> (entry: EntryRecord, name: String?)? {
        switch self {
        case .nginx: Self.nginx(bytes, start, end).map { ($0, nil) }
        case .apache: Self.apache(bytes, start, end).map { ($0, nil) }
        case .gunicorn: Self.gunicorn(bytes, start, end).map { ($0, nil) }
        case .php: Self.php(bytes, start, end)
        case .haproxy: Self.haproxy(bytes, start, end)
        case .uwsgi: Self.uwsgi(bytes, start, end)
        case .python: ApplicationEntry.untimed(bytes, start, end).map { ($0, nil) }
        }
    }

    private static func nginx(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> EntryRecord? {
        guard start + 30 < end, bytes[start + 4] == 0x2F, bytes[start + 7] == 0x2F,
            bytes.has(" [", at: start + 19, before: end),
            var entry = leveled(bytes, start + 21, end)
        else { return nil }
        entry.time = ByteRange(start: start, end: start + 19)
        entry.timeShape = .iso
        // Process and thread, `7#7:`, then the connection, `*5`.
        var place = entry.severityText.end + 2
        guard bytes.digits(at: &place, to: end) != nil, place < end, bytes[place] == 0x23 else { return nil }
        place = bytes.skipBlanks(from: bytes.first(0x20, from: place, to: end), to: end)
        if place < end, bytes[place] == 0x2A {
            place = bytes.skipBlanks(from: bytes.first(0x20, from: place, to: end), to: end)
        }
        entry.message = ByteRange(start: place, end: bytes.find(", client: ", from: place, to: end) ?? end)
        return entry
    }

    private static func apache(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> EntryRecord? {
        guard start + 30 < end, bytes[start] == 0x5B, bytes[start + 4] == 0x20 else { return nil }
        let timeEnd = bytes.first(0x5D, from: start, to: min(end, start + 40))
        guard LogClock.month(bytes, start + 5) != nil, bytes.has("] [", at: timeEnd, before: end) else {
            return nil
        }
        // `[core:error]`, and `[error]` before 2.4.
        let close = bytes.first(0x5D, from: timeEnd + 3, to: min(end, timeEnd + 50))
        let colon = bytes.first(0x3A, from: timeEnd + 3, to: close)
        guard var entry = leveled(bytes, colon < close ? colon + 1 : timeEnd + 3, end) else { return nil }
        entry.time = ByteRange(start: start + 1, end: timeEnd)
        entry.timeShape = .calendar
        var place = bytes.skipBlanks(from: close + 1, to: end)
        for head in ["[pid ", "[client ", "[remote "].map({ Array($0.utf8) })
        where bytes.has(head, at: place, before: end) {
            place = bytes.skipBlanks(from: bytes.first(0x5D, from: place, to: end) + 1, to: end)
        }
        entry.message = ByteRange(start: place, end: bytes.find(", referer: ", from: place, to: end) ?? end)
        return entry
    }

    private static func gunicorn(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> EntryRecord? {
        guard start + 30 < end, bytes[start] == 0x5B, bytes[start + 5] == 0x2D, bytes[start + 11] == 0x20
        else { return nil }
        let timeEnd = bytes.first(0x5D, from: start, to: min(end, start + 40))
        guard bytes.has("] [", at: timeEnd, before: end) else { return nil }
        var place = timeEnd + 3
        guard bytes.digits(at: &place, to: end) != nil, bytes.has("] [", at: place, before: end),
            var entry = leveled(bytes, place + 3, end)
        else { return nil }
        entry.time = ByteRange(start: start + 1, end: timeEnd)
        entry.timeShape = .iso
        return entry
    }

    private static func php(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int
    ) -> (entry: EntryRecord, name: String?)? {
        guard start + 26 < end, bytes[start] == 0x5B, bytes[start + 3] == 0x2D, bytes[start + 7] == 0x2D,
            LogClock.month(bytes, start + 4) != nil
        else { return nil }
        let close = bytes.first(0x5D, from: start, to: min(end, start + 64))
        guard bytes.has("] ", at: close, before: end) else { return nil }
        var entry = EntryRecord()
        // Of zones only UTC is told by its name alone.
        let isWorld = bytes.has(" UTC", at: start + 21, before: close)
        entry.time = ByteRange(start: start + 1, end: isWorld ? start + 25 : start + 21)
        entry.timeShape = .common
        let word = close + 2
        let colon = bytes.first(0x3A, from: word, to: min(end, word + 40))
        guard colon < min(end, word + 40) else { return nil }
        entry.message = ByteRange(start: bytes.skipBlanks(from: colon + 1, to: end), end: end)
        guard bytes.has("PHP ", at: word, before: colon) else {
            guard let severity = LevelWord.severity(bytes, word, colon) else { return nil }
            entry.severity = severity
            entry.severityText = ByteRange(start: word, end: colon)
            return (entry, nil)
        }
        entry.severityText = ByteRange(start: word + 4, end: colon)
        let kind = word + 4
        if bytes.has("Warning", at: kind, before: colon) {
            entry.severity = .warning
        } else if bytes.has("Notice", at: kind, before: colon)
            || bytes.has("Deprecated", at: kind, before: colon)
            || bytes.has("Strict", at: kind, before: colon)
        {
            entry.severity = .notice
        } else if bytes.find("error", from: kind, to: colon) != nil {
            entry.severity = .error
        } else {
            return nil
        }
        return (entry, nil)
    }

    private static func haproxy(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int
    ) -> (entry: EntryRecord, name: String?)? {
        guard start + 8 < end else { return nil }
        let found: (severity: Severity, name: String)?
        if bytes[start] == 0x5B {
            // Its standard error: `[ALERT]    (7) : message`, with day and time before the process up to 2.3.
            guard let entry = leveled(bytes, start + 1, end),
                bytes.find(") : ", from: start, to: min(end, start + 48)) != nil
            else { return nil }
            return (entry, nil)
        } else if bytes.find("has no server available", from: start, to: end) != nil {
            found = (.critical, "emerg")
        } else if bytes.has("Server ", at: start, before: end)
            || bytes.has("Backup Server ", at: start, before: end)
            || bytes.has("Agent check", at: start, before: end)
            || bytes.has("Health check", at: start, before: end)
        {
            // It names a server as `backend/server`; sshd says `Server listening on 0.0.0.0 port 22.`
            guard bytes.first(0x2F, from: start, to: end) < end else { return nil }
            let isDown =
                bytes.find(" is DOWN", from: start, to: end) != nil
                || bytes.find(" is going DOWN", from: start, to: end) != nil
            found = isDown ? (.critical, "alert") : (.notice, "notice")
        } else if bytes.has("Proxy ", at: start, before: end)
            || bytes.has("Stopping ", at: start, before: end)
            || bytes.has("Pausing ", at: start, before: end) || bytes.has("Enabling ", at: start, before: end)
        {
            let starts = bytes.find(" started", from: start, to: end) != nil
            found = starts ? (.notice, "notice") : (.warning, "warning")
        } else if bytes.find("Connection error during ", from: start, to: end) != nil
            || bytes.find("SSL handshake failure", from: start, to: end) != nil
            || bytes.find("Connection closed during ", from: start, to: end) != nil
            || bytes.find("Timeout during ", from: start, to: end) != nil
        {
            found = (.info, "info")
        } else {
            found = nil
        }
        guard let found else { return nil }
        var entry = EntryRecord()
        entry.severity = found.severity
        entry.message = ByteRange(start: start, end: end)
        return (entry, found.name)
    }

    private static func uwsgi(
        _ bytes: Span<UInt8>, _ start: Int, _ end: Int
    ) -> (entry: EntryRecord, name: String?)? {
        var entry = EntryRecord()
        entry.message = ByteRange(start: start, end: end)
        let isDeath =
            bytes.has("DAMN !", at: start, before: end)
            || bytes.has("*** HARAKIRI ON", at: start, before: end)
            || bytes.has("!!! ", at: start, before: end)
        if isDeath {
            entry.severity = .error
            return (entry, "error")
        }
        let isWarning =
            bytes.has("*** uWSGI listen queue", at: start, before: end)
            || bytes.has("SIGPIPE: ", at: start, before: end)
            || bytes.has("uwsgi_response_write", at: start, before: end)
            || bytes.has("*** backtrace", at: start, before: end)
        guard isWarning else { return nil }
        entry.severity = .warning
        return (entry, "warning")
    }

    /// An entry whose level stands at `start` with a bracket behind it, and whose message follows.
    private static func leveled(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> EntryRecord? {
        let close = bytes.first(0x5D, from: start, to: min(end, start + 20))
        guard close < min(end, start + 20), let severity = LevelWord.severity(bytes, start, close) else {
            return nil
        }
        var entry = EntryRecord()
        entry.severity = severity
        entry.severityText = ByteRange(start: start, end: close)
        entry.message = ByteRange(start: bytes.skipBlanks(from: close + 1, to: end), end: end)
        return entry
    }
}
