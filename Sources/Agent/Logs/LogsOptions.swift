package import RequestLogs

/// What `martlet-agent logs` was asked to do.
package struct LogsOptions: Equatable, Sendable {
    /// What `-o` takes.
    package enum Output: String, Sendable {
        case table
        /// One object for the run.
        case json
        /// Routes, or kinds of messages: an object a line, a row each.
        case jsonl, csv
    }

    package var paths: [String] = []
    package var format = "auto"
    package var output = Output.table
    package var routes: [RoutePattern] = []
    package var ignored: [IgnoredRequest] = []
    /// For times without a zone.
    package var zone = ZoneRules.utc
    package var explains = false

    /// Parses the words behind `logs`; nil where help was asked for.
    static func parse(_ words: ArraySlice<String>) throws(UsageError) -> LogsOptions? {
        var options = LogsOptions()
        var rest = words
        while let word = rest.popFirst() {
            if word == "--help" || word == "-h" { return nil }
            guard word.hasPrefix("-"), word != "-" else {
                options.paths.append(word)
                continue
            }
            if word == "--explain" {
                options.explains = true
                continue
            }
            let split = FlagWord(word)
            let flag = split.flag
            guard ["--format", "--output", "-o", "--route", "--ignore", "--zone"].contains(flag) else {
                throw UsageError("unknown flag \(flag) for logs; see martlet-agent --help")
            }
            guard let value = split.value ?? rest.popFirst() else {
                throw UsageError("\(flag): a value is missing; write for example \(flag)=\(example(flag))")
            }
            try options.set(flag, value)
        }
        guard !options.paths.isEmpty else {
            throw UsageError("logs: name the files to read, or - for standard input")
        }
        return options
    }

    private static func example(_ flag: String) -> String {
        switch flag {
        case "--format": "nginx"
        case "--route": "/items/:id"
        case "--ignore": "'GET /healthz'"
        case "--zone": "+02:00"
        default: "json"
        }
    }

    private mutating func set(_ flag: String, _ value: String) throws(UsageError) {
        switch flag {
        case "--format":
            do throws(LogFormatError) {
                _ = try LogFormats.choice(value)
            } catch {
                throw UsageError("--format: \(error)")
            }
            format = value
        case "--output", "-o":
            guard let known = Output(rawValue: value) else {
                throw UsageError("\(flag) \(value): write table, json, jsonl or csv")
            }
            output = known
        case "--route":
            guard let pattern = RoutePattern(value) else {
                throw UsageError(
                    "--route \(value): write a path, as /items/:id, or /files/* with the star last")
            }
            routes.append(pattern)
        case "--ignore":
            guard let rule = IgnoredRequest(value) else {
                throw UsageError("--ignore \(value): write a method or * and a path, as 'GET /healthz'")
            }
            ignored.append(rule)
        default:
            guard let rules = HostZone.rules(value) else {
                throw UsageError(
                    "--zone \(value): write the distance to UTC, as +02:00 or -0330, or a zone's name, as Europe/Berlin"
                )
            }
            zone = rules
        }
    }
}
