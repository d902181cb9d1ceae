/// The formats that can be asked for by name: `auto`, a name, or a name with the server's own line behind a colon.
package enum LogFormats {
    /// A name that was asked for, resolved as far as it can be without the log.
    package enum Choice: Sendable {
        /// One way to read it.
        case fixed(LogFormat)
        /// The best of the formats that `family` allows, by the log's first lines; nil allows all.
        case detected(family: Family?)
    }

    /// What a name without a pattern of its own leaves open.
    package enum Family: String, Sendable, CaseIterable {
        case nginx, apache, tomcat9, tomcat10, gunicorn, morgan, puma, caddy, json, haproxy, postgresql, mysql
        case django, flask, rails, springboot, express, mongodb
    }

    package static let names: [String] = [
        "auto", "nginx", "apache", "tomcat9", "tomcat10", "gunicorn", "haproxy", "caddy", "uwsgi", "traefik",
        "envoy",
        "morgan", "pino", "winston", "django", "werkzeug", "uvicorn", "puma", "rails", "lograge",
        "springboot",
        "postgresql", "mysql", "mongodb", "json", "logfmt", "pattern",
        "nginx-error", "apache-error", "php-fpm", "application",
    ]

    /// Resolves what stands behind `format =` or `--format`.
    package static func choice(_ text: String) throws(LogFormatError) -> Choice {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = String(parts[0]).lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " }
        let pattern = parts.count == 2 ? String(parts[1]) : nil
        if let pattern, !pattern.isEmpty { return .fixed(try withPattern(name, pattern, text)) }
        switch name {
        case "", "auto": return .detected(family: nil)
        case "combined", "common", "vhostcombined", "clf", "ncsa": return .detected(family: .apache)
        case "nginx": return .detected(family: .nginx)
        case "apache", "httpd", "apache2": return .detected(family: .apache)
        case "tomcat9", "springboot2", "undertow": return .detected(family: .tomcat9)
        case "tomcat", "tomcat10", "springboot3", "tomcat11": return .detected(family: .tomcat10)
        case "gunicorn": return .detected(family: .gunicorn)
        case "morgan": return .detected(family: .morgan)
        case "express", "node", "nodejs": return .detected(family: .express)
        case "django": return .detected(family: .django)
        case "flask": return .detected(family: .flask)
        case "rails": return .detected(family: .rails)
        case "springboot", "spring": return .detected(family: .springboot)
        case "puma": return .detected(family: .puma)
        case "haproxy": return .detected(family: .haproxy)
        case "caddy": return .detected(family: .caddy)
        case "json", "jsonl", "ndjson", "pino", "pinohttp", "winston", "bunyan", "ecs", "zap", "logrus",
            "structlog":
            return .detected(family: .json)
        case "postgres", "postgresql", "pg": return .detected(family: .postgresql)
        case "mysql", "mariadb": return .detected(family: .mysql)
        case "mongodb", "mongo", "mongod": return .detected(family: .mongodb)
        case "pattern":
            throw LogFormatError(
                "format \"\(text)\" needs the line behind a colon, as pattern:{time} {level} {method} {path} {status}"
            )
        default:
            guard let format = try fixed(name) else { throw unknown(text) }
            return .fixed(format)
        }
    }

    /// The best way to read a log that begins with `sample`; nil where none reads any of it. Throws for a name that is
    /// not known.
    package static func format(_ text: String, for sample: Span<UInt8>) throws(LogFormatError) -> LogFormat? {
        switch try choice(text) {
        case .fixed(let format): format.fitted(to: sample)
        case .detected(let family): Detector.candidates(sample, family: family).first?.format
        }
    }

    /// For a log that nothing fits: its lines count as not readable, by their own reasons.
    package static var unfitted: LogFormat {
        let programs = (try? NginxSyntax.compile(NginxSyntax.combined)).map { [$0] } ?? []
        return .fields("unknown", programs, isPure: true)
    }

    /// Patterns of the user's own; the first that fits a line wins.
    package static func patterns(_ texts: [String]) throws(LogFormatError) -> LogFormat {
        var programs: [FieldProgram] = []
        for text in texts { programs.append(try BraceSyntax.compile(text)) }
        // What fits no pattern is counted as such, with the column that failed.
        return .fields("pattern", programs, isPure: true)
    }

    private static func unknown(_ text: String) -> LogFormatError {
        LogFormatError(
            "format \"\(text)\" is not known; the names are \(names.joined(separator: ", ")), and most take the server's "
                + "own line behind a colon, as nginx:$remote_addr - $remote_user [$time_local] \"$request\" $status"
        )
    }

    private static func withPattern(_ name: String, _ pattern: String, _ text: String) throws(LogFormatError)
        -> LogFormat
    {
        switch name {
        case "nginx":
            return .fields(
                "nginx", [try NginxSyntax.compile(pattern == "combined" ? NginxSyntax.combined : pattern)],
                isPure: true)
        case "apache", "httpd", "apache2":
            return .fields("apache", [try ApacheSyntax.compile(standard(pattern), .apache)], isPure: true)
        case "tomcat9", "springboot2", "undertow":
            var format = LogFormat.fields(
                name, [try ApacheSyntax.compile(standard(pattern), .tomcat9)], isPure: !pattern.hasPrefix("{")
            )
            format.jsonShift = pattern.hasPrefix("{") ? nil : 6
            return format
        case "tomcat", "tomcat10", "springboot3", "tomcat11", "springboot":
            var format = LogFormat.fields(
                name, [try ApacheSyntax.compile(standard(pattern), .tomcat10)], isPure: true)
            let isBare = name == "tomcat" || name == "springboot"
            if isBare, Array(pattern.utf8).span.find("%D", from: 0, to: pattern.utf8.count) != nil {
                format.notes = [
                    "%D is read as microseconds, as Tomcat 10 writes it; for Tomcat 9 say tomcat9:"
                ]
            }
            format.jsonShift = pattern.hasPrefix("{") ? nil : 3
            return format
        case "gunicorn":
            return .fields("gunicorn", [try GunicornSyntax.compile(pattern)], aside: .gunicorn)
        case "uwsgi":
            return .fields("uwsgi", [try GunicornSyntax.compile(pattern, isUWSGI: true)], aside: .uwsgi)
        case "morgan", "express":
            return .fields("morgan", [try MorganSyntax.compile(pattern)], hasColors: true)
        case "haproxy":
            return pattern == "httplog"
                ? .fields("haproxy", try HAProxySyntax.standard(), aside: .haproxy)
                : .fields("haproxy", [try HAProxySyntax.compile(pattern)], aside: .haproxy)
        // Several patterns stand in lines of their own, for none can hold a line's end.
        case "pattern": return try patterns(pattern.split(separator: "\n").map(String.init))
        case "postgresql", "postgres", "pg":
            return LogFormat(
                "postgresql",
                .postgres(PostgresReader(pattern == "csvlog" || pattern == "csv" ? .csv : .stderr)),
                isDatabase: true)
        case "mysql", "mariadb":
            return pattern == "error"
                ? LogFormat("mysql-error", .mysqlError(MySQLErrorReader()), isDatabase: true)
                : LogFormat("mysql-slow", .mysqlSlow(MySQLSlowReader()), isDatabase: true)
        case "json": return LogFormat("json", .json(try mapped(pattern)))
        case "logfmt":
            let json = try mapped(pattern)
            var reader = LogfmtReader(shift: json.shift)
            reader.roles = json.roles
            return LogFormat("logfmt", .logfmt(reader))
        default: throw unknown(text)
        }
    }

    private static func standard(_ pattern: String) -> String {
        switch pattern {
        case "common": ApacheSyntax.common
        case "combined": ApacheSyntax.combined
        case "vhost_combined": ApacheSyntax.vhostCombined
        default: pattern
        }
    }

    /// Formats that a name alone says all about.
    static func fixed(_ name: String) throws(LogFormatError) -> LogFormat? {
        switch name {
        case "uwsgi": return .fields("uwsgi", try uwsgi(), aside: .uwsgi)
        case "traefik": return .fields("traefik", [try traefik()])
        case "envoy", "istio": return .fields("envoy", try envoy())
        case "runserver", "djangorunserver":
            return .fields(
                "django", [try BraceSyntax.compile(#"[{time}] "{request}" {status} {bytes}"#)],
                hasColors: true)
        case "werkzeug":
            return .fields(
                "werkzeug", [try BraceSyntax.compile(#"{client} - - [{time}] "{request}" {status} {bytes}"#)],
                hasColors: true, aside: .python)
        case "uvicorn", "fastapi": return .fields("uvicorn", try uvicorn(), hasColors: true, aside: .python)
        case "morgandev": return .fields("morgan dev", [try MorganSyntax.compile("dev")], hasColors: true)
        case "morganshort": return .fields("morgan short", [try MorganSyntax.compile("short")])
        case "morgantiny": return .fields("morgan tiny", [try MorganSyntax.compile("tiny")])
        case "httplog", "haproxyhttplog":
            return .fields("haproxy", try HAProxySyntax.standard(), aside: .haproxy)
        case "railsdefault": return LogFormat("rails", .rails(RailsReader()))
        case "lograge":
            var format = LogFormat("lograge", .logfmt(LogfmtReader(shift: 6)))
            format.jsonShift = 6
            return format
        case "logfmt", "heroku": return LogFormat("logfmt", .logfmt(LogfmtReader(shift: nil)))
        case "springbootapp", "logback": return LogFormat("springboot", .spring(SpringReader()))
        case "mongodb":
            return LogFormat("mongodb", .json(JSONReader(.mongodb)), isDatabase: true)
        case "postgresqlcsv", "csvlog":
            return LogFormat("postgresql csvlog", .postgres(PostgresReader(.csv)), isDatabase: true)
        case "postgresqljson", "jsonlog":
            return LogFormat("postgresql jsonlog", .json(JSONReader(.postgresql)), isDatabase: true)
        case "postgresqlstderr", "stderr":
            return LogFormat("postgresql", .postgres(PostgresReader(.stderr)), isDatabase: true)
        case "mysqlslow", "mariadbslow", "slow", "slowlog":
            return LogFormat("mysql-slow", .mysqlSlow(MySQLSlowReader()), isDatabase: true)
        case "mysqlerror", "mariadberror":
            return LogFormat("mysql-error", .mysqlError(MySQLErrorReader()), isDatabase: true)
        case "nginxerror": return LogFormat("nginx-error", .entries(EntryReader(kind: .server(.nginx))))
        case "apacheerror", "httpderror":
            return LogFormat("apache-error", .entries(EntryReader(kind: .server(.apache))))
        case "phpfpm", "php", "phperror":
            return LogFormat("php-fpm", .entries(EntryReader(kind: .server(.php))))
        case "gunicornerror":
            return LogFormat("gunicorn-error", .entries(EntryReader(kind: .server(.gunicorn))))
        case "mongodbtext":
            return LogFormat("mongodb text", .entries(EntryReader(kind: .mongoText)), isDatabase: true)
        case "application", "app": return LogFormat("application", .entries(EntryReader(kind: .application)))
        default: return nil
        }
    }

    static func uwsgi() throws(LogFormatError) -> [FieldProgram] {
        var programs: [FieldProgram] = []
        // `via sendfile()` may stand behind the unit, and --log-date puts a date before all.
        for head in ["", "{_} - "] {
            for unit in ["{duration_ms} msecs", "{duration_us} micros"] {
                programs.append(
                    try BraceSyntax.compile(
                        "\(head)[pid: {_}|app: {_}|req: {_}] {client} ({_}) {{{_} vars in {_} bytes}} [{time}] {method} "
                            + "{path} => generated {bytes} bytes in \(unit) {_}(HTTP/{_} {status}) {_}"))
            }
        }
        return programs
    }

    /// Combined, then a count, router and backend in quotes, and whole milliseconds.
    static func traefik() throws(LogFormatError) -> FieldProgram {
        try BraceSyntax.compile(
            #"{client} - {_} [{time}] "{request}" {status} {bytes} "{_}" "{_}" {_} "{_}" "{_}" {duration_ms}ms"#
        )
    }

    /// Envoy's default line, with and without what Istio adds.
    static func envoy() throws(LogFormatError) -> [FieldProgram] {
        [
            try BraceSyntax.compile(
                #"[{time}] "{request}" {status} {_} {_} {bytes} {duration_ms} {_} "{_}" "{_}" "{_}" "{_}" "{_}""#
            ),
            try BraceSyntax.compile(
                #"[{time}] "{request}" {status} {_} {_} {_} "{_}" {_} {bytes} {duration_ms} {_} "{_}" "{_}" "{_}" "{_}" "{_}" {_}"#
            ),
        ]
    }

    /// The phrase behind the status may be missing.
    static func uvicorn() throws(LogFormatError) -> [FieldProgram] {
        [
            try BraceSyntax.compile(#"INFO: {client} - "{request}" {status} {_}"#),
            try BraceSyntax.compile(#"INFO: {client} - "{request}" {status}"#),
            // Of a logging configuration of one's own.
            try BraceSyntax.compile(#"{client} - "{request}" {status} {_}"#),
            try BraceSyntax.compile(#"{client} - "{request}" {status}"#),
        ]
    }

    /// `json:status=code,path=req_path,duration=t:ms`: the user's own names for the fields.
    private static func mapped(_ text: String) throws(LogFormatError) -> JSONReader {
        var names: [(name: String, role: FieldRole)] = []
        var reader = JSONReader()
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else {
                throw LogFormatError("json: \"\(pair)\": write FIELD=NAME, as status=code or duration_ms=t")
            }
            if parts[0] == "duration", let shift = ["s": 9, "ms": 6, "us": 3, "ns": 0][parts[1]] {
                reader.shift = shift
                continue
            }
            guard let role = role(parts[0]) else {
                throw LogFormatError(
                    "json: \"\(parts[0])\" is no field; the fields are time, method, path, request, status, bytes, route, "
                        + "level, message, duration_s, duration_ms, duration_us and duration_ns")
            }
            names.append((parts[1], role))
        }
        reader.roles = FieldRoles(mapped: names)
        return reader
    }

    private static func role(_ name: String) -> FieldRole? {
        switch name {
        case "time": .time
        case "method": .method
        case "path": .path
        case "request": .request
        case "status": .status
        case "bytes": .bytes
        case "route": .route
        case "level": .level
        case "message": .message
        case "duration": .duration
        case "duration_s": .durationSeconds
        case "duration_ms": .durationMilliseconds
        case "duration_us": .durationMicroseconds
        case "duration_ns": .durationNanoseconds
        default: nil
        }
    }
}
