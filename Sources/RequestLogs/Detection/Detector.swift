/// Finds out how a log is written, by reading its first lines in every way that is known.
package struct Detector {
    /// Bytes of a log that are looked at, and those that are enough where they tell plainly.
    package static let sampleMax = 256 * 1024
    private static let plainSample = 48 * 1024

    /// One way to read the sample, and how well it went.
    package struct Candidate: Sendable {
        package let format: LogFormat
        /// Lines that were requests or entries, and those that should have been and were not.
        package let read: Int
        package let unread: Int
        package let lines: Int
        let score: Int
        let requests: Int

        /// 0...1: how sure this is, by the lines that it explains; of what many programs write alike at most a half.
        package var confidence: Double {
            let telling = read + unread
            if telling == 0 { return 0 }
            return Double(read) / Double(telling) * min(1, Double(read) / 3) * (isGuess ? 0.5 : 1)
        }

        fileprivate var isGuess = false
    }

    /// The ways to read `sample`, the best first; empty where none reads a line.
    package static func candidates(_ sample: Span<UInt8>, family: LogFormats.Family?) -> [Candidate] {
        if sample.count > 2 * plainSample {
            var end = plainSample
            while end < sample.count, sample[end - 1] != 0x0A { end += 1 }
            let found = all(sample.extracting(0..<end), family)
            // Plain: half of the lines are read, and none of those that should be is not.
            if let best = found.first, best.read >= 50, best.read * 2 >= best.lines, best.unread == 0 {
                return found
            }
        }
        return all(sample, family)
    }

    private static func all(_ sample: Span<UInt8>, _ family: LogFormats.Family?) -> [Candidate] {
        let prefix = LinePrefix.find(sample)
        let lines = prefix == .none ? [] : peeled(sample, prefix)
        var found: [Candidate] = []
        var buffer = LineBuffer()
        for format in prefix == .none ? formats(sample, family) : formats(lines.span, family) {
            var format = format
            format.prefix = prefix
            let candidate = attempt(format, sample, &buffer)
            if candidate.read > 0 { found.append(candidate) }
        }
        if mayGuess(family), let format = try? LogFormats.fixed("application") {
            var format = format
            format.prefix = prefix
            var guess = attempt(format, sample, &buffer)
            guess.isGuess = true
            // Nearly every log has times and levels: only where no format says more of its lines.
            let most = found.map(\.read).max() ?? 0
            if guess.read > 2 * most, found.allSatisfy({ $0.requests == 0 }) { return [guess] + found }
        }
        // A stable order: of two alike the one named first.
        return found.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
            .map(\.element)
    }

    /// The lines of a sample without their transport's wrapping.
    private static func peeled(_ sample: Span<UInt8>, _ prefix: LinePrefix) -> [UInt8] {
        var lines: [UInt8] = []
        var place = 0
        while place < sample.count {
            let end = sample.firstFar(0x0A, from: place, to: sample.count)
            if prefix == .docker {
                lines += DockerLine.text(sample, place, end)?.text ?? sample.array(place..<end)
            } else if prefix == .journal {
                lines += DockerLine.journal(sample, place, end) ?? sample.array(place..<end)
            } else {
                lines += sample.array(prefix.end(sample, place, end)..<end)
            }
            lines.append(0x0A)
            place = end + 1
        }
        return lines
    }

    private static func attempt(
        _ format: LogFormat, _ sample: Span<UInt8>, _ buffer: inout LineBuffer
    ) -> Candidate {
        var summary = LogSummary()
        var reader = LogReader(format)
        var offset = 0
        while offset < sample.count {
            offset += buffer.append(sample, from: offset)
            reader.read(&buffer, isFinal: offset == sample.count, into: &summary)
        }
        let requests = Int(summary.requests)
        let read = requests + Int(summary.entries.count)
        let unread = Int(summary.unparsed.count)
        // A request says more than an entry, and one with a duration more than one without.
        let durations = Int(summary.latency.count)
        let score = requests * 20 + Int(summary.entries.count) * 10 + min(durations, read) - unread * 20
        return Candidate(
            format: format, read: read, unread: unread, lines: Int(summary.lines), score: score,
            requests: requests)
    }

    /// Whether a log of this kind may be an application's own.
    private static func mayGuess(_ family: LogFormats.Family?) -> Bool {
        switch family {
        case nil, .springboot, .django, .flask, .express, .json: true
        case .nginx, .apache, .tomcat9, .tomcat10, .gunicorn, .morgan, .puma, .caddy, .haproxy, .postgresql,
            .mysql, .mongodb, .rails:
            false
        }
    }

    private static func formats(_ sample: Span<UInt8>, _ family: LogFormats.Family?) -> [LogFormat] {
        var formats: [LogFormat] = []
        let add = { (name: String) in
            if let format = try? LogFormats.fixed(name) { formats.append(format) }
        }
        switch family {
        case nil:
            for name in [
                "haproxyhttplog", "traefik", "envoy", "uwsgi", "uvicorn", "runserver", "morgandev",
                "morganshort", "morgantiny",
            ] {
                add(name)
            }
            formats += inferred(sample, nil) + json(sample)
            for name in [
                "railsdefault", "mysqlslow", "mysqlerror", "postgresqlcsv", "springbootapp",
                "postgresqlstderr", "nginxerror", "apacheerror", "phpfpm", "gunicornerror", "mongodbtext",
            ] { add(name) }
            formats.append(logfmt(sample))
        case .haproxy:
            add("haproxyhttplog")
            formats += json(sample) + inferred(sample, family)
        case .morgan:
            for name in ["morgandev", "morganshort", "morgantiny"] { add(name) }
            formats += inferred(sample, family) + json(sample)
        case .express:
            for name in ["morgandev", "morganshort", "morgantiny"] { add(name) }
            formats += json(sample) + inferred(sample, family)
        case .django, .flask:
            for name in ["runserver", "werkzeug", "uvicorn"] { add(name) }
            formats += inferred(sample, family) + json(sample)
        case .rails:
            add("railsdefault")
            formats += [logfmt(sample)] + json(sample) + inferred(sample, family)
        case .springboot:
            add("springbootapp")
            formats += inferred(sample, family) + json(sample, .springboot)
        case .postgresql:
            for name in ["postgresqlcsv", "postgresqljson", "postgresqlstderr"] { add(name) }
        case .mysql:
            for name in ["mysqlslow", "mysqlerror"] { add(name) }
        case .mongodb:
            add("mongodb")
            add("mongodbtext")
        case .caddy, .json: formats += json(sample, isCaddy: family == .caddy)
        case .nginx, .apache, .tomcat9, .tomcat10, .gunicorn, .puma:
            formats += inferred(sample, family) + json(sample, family)
            switch family {
            case .nginx: add("nginxerror")
            case .gunicorn: add("gunicornerror")
            case .apache:
                add("apacheerror")
                add("phpfpm")
            default: break
            }
        }
        return formats
    }

    /// A format made out of the lines. A name that says whose log it is settles the unit of a whole number.
    private static func inferred(_ sample: Span<UInt8>, _ family: LogFormats.Family?) -> [LogFormat] {
        guard let inference = FormatInference(sample, wholeUnit(family)) else { return [] }
        let name = family.map { "\($0.rawValue) \(inference.name)" } ?? inference.name
        var format = LogFormat.fields(
            name, [inference.program], hasColors: true, aside: aside(sample))
        if let duration = inference.duration {
            let unit =
                [0: "nanoseconds", 3: "microseconds", 6: "milliseconds", 9: "seconds"][duration.shift] ?? "?"
            format.notes.append(
                "field \(duration.column + 1) is read as a duration in \(unit), by its values")
        } else if inference.hasUnknownUnit {
            format.notes.append(
                "a number behind the request may be a duration; its unit is not certain, so name the format")
        }
        return [format]
    }

    /// Whose error log is between the lines of the requests, as a container's output has both.
    private static func aside(_ sample: Span<UInt8>) -> ServerEntry? {
        var counts = ServerEntry.allCases.map { (server: $0, count: 0) }
        var place = 0
        var lines = 0
        while place < sample.count, lines < FormatInference.linesMax {
            let end = sample.firstFar(0x0A, from: place, to: sample.count)
            for index in counts.indices where counts[index].server.read(sample, place, end) != nil {
                counts[index].count += 1
                break
            }
            place = end + 1
            lines += 1
        }
        return counts.filter { $0.count > 0 }.max { $0.count < $1.count }?.server
    }

    /// Rails's lograge where lines name a controller and an action, which has milliseconds; else the unit of a duration
    /// without one is told by the values.
    private static func logfmt(_ sample: Span<UInt8>) -> LogFormat {
        let unit = LogfmtReader.unit(sample)
        if unit.isLograge { return LogFormat("lograge", .logfmt(LogfmtReader(shift: 6))) }
        var format = LogFormat("logfmt", .logfmt(LogfmtReader(shift: unit.unit.certainShift)))
        format.notes = notes(of: unit.unit)
        return format
    }

    private static func notes(of unit: DurationUnit) -> [String] {
        guard !unit.values.isEmpty else { return [] }
        guard let shift = unit.certainShift else {
            return [
                "the unit of the duration is not certain; say json:duration=ms (logfmt:duration=ms), s, us or ns"
            ]
        }
        let word = [0: "nanoseconds", 3: "microseconds", 6: "milliseconds", 9: "seconds"][shift] ?? "?"
        return ["durations whose name has no unit are read as \(word), by their values"]
    }

    /// The power of ten from the unit of whole numbers: what it must be, and what it is if values do not tell.
    private static func wholeUnit(_ family: LogFormats.Family?) -> FormatInference.WholeUnit {
        switch family {
        case .tomcat9: .must(6)
        case .tomcat10, .apache, .gunicorn: .may(3)
        default: .unknown
        }
    }

    private static func json(
        _ sample: Span<UInt8>, _ family: LogFormats.Family? = nil, isCaddy: Bool = false
    ) -> [LogFormat] {
        let facts = JSONFacts(sample)
        guard facts.objects > 0 else { return [] }
        if facts.isMongo { return [LogFormat("mongodb", .json(JSONReader(.mongodb)), isDatabase: true)] }
        if facts.isPostgres {
            return [LogFormat("postgresql jsonlog", .json(JSONReader(.postgresql)), isDatabase: true)]
        }
        if facts.isCaddy || isCaddy {
            var reader = JSONReader(.caddy)
            reader.hasHead = facts.hasHead
            return [LogFormat(facts.hasHead ? "caddy console" : "caddy", .json(reader))]
        }
        var reader = JSONReader()
        var notes: [String] = []
        switch family {
        case .tomcat9: reader.shift = 6
        case .tomcat10: reader.shift = 3
        default:
            reader.shift = facts.isLograge ? 6 : facts.unit.certainShift
            if !facts.isLograge { notes = Self.notes(of: facts.unit) }
        }
        reader.hasHead = facts.hasHead
        var format = LogFormat("json", .json(reader))
        format.notes = notes
        return [format]
    }
}

extension Detector {
    /// How far one format comes with a line.
    package struct Nearness: Sendable {
        package let format: LogFormat
        /// The first column that does not fit, from 1; nil where the line is read.
        package let column: Int?
    }

    /// Formats that are shown for a line that does not fit.
    package static let nearestMax = 3

    /// The formats that come nearest to reading `line`: those that read it, then those that fail latest.
    package static func nearest(to line: Span<UInt8>) -> [Nearness] {
        var candidates = formats(line, nil)
        for name in ["nginx:combined", "apache:common"] {
            guard case .fixed(var format)? = try? LogFormats.choice(name) else { continue }
            // As it is asked for: a user's own line of nginx's is called nginx, too.
            format.name = name
            candidates.append(format)
        }
        var found: [(near: Nearness, rank: Int)] = []
        for format in candidates where !found.contains(where: { $0.near.format.name == format.name }) {
            var summary = LogSummary()
            var reader = LogReader(format)
            reader.take(line, into: &summary)
            reader.finish(into: &summary)
            if summary.requests > 0 || summary.entries.count > 0 {
                found.append((Nearness(format: format, column: nil), Int.max))
            } else if let sample = summary.unparsed.first.first {
                // Beyond the line's end it only waits for more, as a record of several lines does.
                let rank = sample.column > line.count ? 0 : sample.column
                found.append((Nearness(format: format, column: sample.column), rank))
            }
        }
        return found.enumerated()
            .sorted { ($1.element.rank, $0.offset) < ($0.element.rank, $1.offset) }
            .prefix(nearestMax).map { $0.element.near }
    }

    /// A sample's first line without its end.
    package static func firstLine(_ sample: Span<UInt8>) -> [UInt8] {
        let end = sample.firstFar(0x0A, from: 0, to: sample.count)
        return sample.array(0..<(end > 0 && sample[end - 1] == 0x0D ? end - 1 : end))
    }
}

/// What the JSON lines of a sample have in common.
struct JSONFacts {
    private(set) var objects = 0
    private(set) var isMongo = false
    private(set) var isPostgres = false
    private(set) var isCaddy = false
    private(set) var isLograge = false
    private(set) var hasHead = false
    private(set) var unit = DurationUnit()

    init(_ bytes: Span<UInt8>) {
        let roles = FieldRoles()
        var place = 0
        var lines = 0
        while place < bytes.count, lines < 2000 {
            let end = bytes.firstFar(0x0A, from: place, to: bytes.count)
            var start = place
            place = end + 1
            lines += 1
            if start < end, bytes[start] != 0x7B, let tab = bytes.find("\t{", from: start, to: end) {
                if bytes.find("http.log.access", from: start, to: tab) != nil {
                    (hasHead, isCaddy) = (true, true)
                }
                start = tab + 1
            }
            guard start < end, bytes[start] == 0x7B else { continue }
            if bytes.has("{\"t\":{\"$date\":", at: start, before: end)
                || bytes.has("{ \"t\" :", at: start, before: end)
            {
                isMongo = true
            }
            if bytes.find("\"http.log.access", from: start, to: end) != nil { isCaddy = true }
            if bytes.find("\"error_severity\":", from: start, to: end) != nil { isPostgres = true }
            if bytes.find("\"controller\":", from: start, to: end) != nil,
                bytes.find("\"action\":", from: start, to: end) != nil
            {
                isLograge = true
            }
            var record = StructuredRecord()
            guard JSONScanner.read(bytes, start, end, roles, &record) >= 0 else { continue }
            objects += 1
            if record.isRequest, record.unscaled >= 0 {
                unit.take(record.unscaled, isWhole: record.unscaled % 1_000_000_000 == 0)
            }
        }
    }
}
