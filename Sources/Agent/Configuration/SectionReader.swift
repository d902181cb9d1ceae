import RequestLogs
import Telemetry
import Text

/// Reads one section's entries; what is wrong is gathered, and the default stays.
struct SectionReader {
    typealias Entry = ConfigurationText.Entry

    let section: ConfigurationText.Section
    private(set) var findings: [ConfigurationFinding] = []
    /// Those whose key is known and may stand where it does.
    private var entries: [Entry] = []

    private static let repeated = ["path", "pattern", "route", "ignore", "header"]

    init(_ section: ConfigurationText.Section) {
        self.section = section
        let keys = AgentConfiguration.keys(of: section.kind)
        for entry in section.entries {
            let dot = entry.key.utf8.firstIndex(of: UInt8(ascii: "."))
            let head = dot.map { String(entry.key[...$0]) } ?? entry.key
            guard keys.contains(head) else {
                let known = keys.map { $0.utf8.last == UInt8(ascii: ".") ? $0 + "NAME" : $0 }
                let nearest = EditDistance.meant(by: entry.key, among: known)
                let remedy =
                    nearest.map { "did you mean \"\($0)\"?" }
                    ?? "the keys are \(known.joined(separator: ", "))"
                complain(entry, atKey: true, "unknown key \"\(entry.key)\" in [\(section.title)]; \(remedy)")
                continue
            }
            if dot != nil, !ConfigurationValue.isName(String(entry.key.dropFirst(head.count))) {
                complain(entry, atKey: true, "\(head)NAME: the name has letters, digits, . _ -, up to 64")
                continue
            }
            let isRepeatable = Self.repeated.contains(head) && section.kind != "record"
            if !isRepeatable, let twin = entries.first(where: { $0.key == entry.key }) {
                complain(
                    entry, atKey: true, "\"\(entry.key)\" is set already, in line \(twin.line); keep one")
                continue
            }
            guard !entry.value.isEmpty else {
                complain(entry, "\"\(entry.key)\" has no value; write one behind the =, or take the line out")
                continue
            }
            entries.append(entry)
        }
    }

    // MARK: Sections

    mutating func readAgent(into configuration: inout AgentConfiguration) {
        for entry in entries {
            switch entry.key {
            case "name":
                if ConfigurationValue.isHost(entry.value) {
                    configuration.name = entry.value
                } else {
                    complain(
                        entry, "no host's name: letters, digits, . _ : % -, begun with a letter or digit")
                }
            case "interval":
                if let value = duration(entry, 1000...300_000, "1s to 5m") {
                    configuration.intervalMilliseconds = UInt32(clamping: value)
                }
            case "processes":
                if let number = Int(entry.value), (0...200).contains(number) {
                    configuration.processes = number
                } else {
                    complain(entry, "write a number from 0 to 200")
                }
            case "command_lines":
                configuration.commandLines = AgentArguments.CommandLines(rawValue: entry.value)
                if configuration.commandLines == nil { complain(entry, "write name, masked or full") }
            case "discover": configuration.discovers = bool(entry)
            case "audit": configuration.auditsToSyslog = choice(entry, ["syslog", "none"]) != "none"
            default: configuration.takesOrders = bool(entry) ?? true
            }
        }
    }

    mutating func readRecord(into record: inout AgentConfiguration.Record) {
        for entry in entries {
            switch entry.key {
            case "path":
                record.path = entry.value
                if entry.value.utf8.first != UInt8(ascii: "/") {
                    complain(entry, "write an absolute path, as /var/lib/martlet")
                }
            case "age":
                record.ageMilliseconds =
                    duration(entry, 60_000...31_622_400_000, "1m to 366d") ?? record.ageMilliseconds
            case "size": record.bytes = size(entry, 1 << 20...1 << 40, "1MiB to 1TiB") ?? record.bytes
            default:
                if let ratio = ConfigurationValue.ratio(entry.value) {
                    record.keepFree = ratio
                } else {
                    complain(entry, "write a ratio with its %, from 0% to 100%, as 5%")
                }
            }
        }
    }

    mutating func log() -> AgentConfiguration.Log {
        var log = AgentConfiguration.Log(
            name: section.name, spec: LogSpec(service: section.name, paths: []), file: section.file,
            line: section.line)
        var patterns: [String] = []
        for entry in entries { take(entry, &log, &patterns) }
        if !patterns.isEmpty {
            if let format = value("format") {
                complain(format, atKey: true, "format and pattern exclude each other; keep one")
            }
            // A line of the file holds no line feed, so it parts the patterns.
            log.spec.format = "pattern:" + patterns.joined(separator: "\n")
        }
        let ways = ["path", "journal", "docker"].compactMap(value)
        if ways.count > 1 {
            complain(
                ways[1], atKey: true,
                "\(ways[0].key) and \(ways[1].key) exclude each other; make two sections of one service")
        }
        if ways.isEmpty, findings.isEmpty {
            complain("[\(section.title)] needs path = FILE or journal = UNIT or docker = CONTAINER")
        }
        return log
    }

    private mutating func take(
        _ entry: Entry, _ log: inout AgentConfiguration.Log, _ patterns: inout [String]
    ) {
        switch entry.key {
        case "path": log.spec.paths.append(absolute(entry.value))
        case "journal": log.spec.journal = entry.value
        case "docker":
            log.spec.container = entry.value
            let isName = entry.value.utf8.allSatisfy {
                ConfigurationValue.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x5F || $0 == 0x2D || $0 == 0x2A
                    || $0 == 0x3F
            }
            if !isName { complain(entry, "write a container's name, as shop-web-1; it may hold * and ?") }
        case "service":
            log.spec.service = entry.value
            if !ConfigurationValue.isName(entry.value) {
                complain(entry, "a name has letters, digits, . _ -")
            }
        case "format", "pattern":
            do throws(LogFormatError) {
                if entry.key == "pattern" {
                    _ = try LogFormats.patterns([entry.value])
                    patterns.append(entry.value)
                } else {
                    _ = try LogFormats.choice(entry.value)
                    log.spec.format = entry.value
                }
            } catch {
                let parts = entry.value.split(separator: ":", maxSplits: 1)
                let nearest = EditDistance.meant(by: String(parts.first ?? ""), among: LogFormats.names)
                let isName = entry.key == "format" && parts.count == 1
                complain(
                    entry,
                    isName ? (nearest.map { "did you mean \"\($0)\"? " } ?? "") + "\(error)" : "\(error)")
            }
        case "route":
            if let route = RoutePattern(entry.value) {
                log.spec.options.routes.append(route)
            } else {
                complain(entry, "write a path, as /items/:id, or /files/* with the star last")
            }
        case "ignore":
            if let ignored = IgnoredRequest(entry.value) {
                log.spec.options.ignored.append(ignored)
            } else {
                complain(entry, "write a method or * and a path, as GET /healthz")
            }
        case "slow":
            if let value = duration(entry, 1...86_400_000, "1ms to 1d") {
                log.spec.options.slowNanoseconds = Int64(clamping: value) * 1_000_000
            }
        case "start":
            if entry.value == "end" || entry.value == "beginning" {
                log.spec.start = entry.value == "end" ? .end : .beginning
            } else if let value = duration(entry, 0...31_622_400_000, "0s to 366d, end or beginning") {
                log.spec.start = .readBack(seconds: Int64(clamping: value / 1000))
            }
        case "zone":
            log.zone = entry.value
            if !HostZone.isWellFormed(entry.value) {
                complain(entry, "write a zone's name, as Europe/Berlin, or its distance, as +02:00")
            }
        case "optional": log.isOptional = bool(entry) ?? false
        default:
            guard log.spec.options.matches.count < RequestCounts.matchesMax else {
                return complain(
                    entry, atKey: true, "at most \(RequestCounts.matchesMax) matches in a section")
            }
            log.spec.options.matches.append(
                (String(entry.key.dropFirst("match.".count)), Array(entry.value.utf8)))
        }
    }

    mutating func probe() -> AgentConfiguration.Probe {
        var probe = AgentConfiguration.Probe(name: section.name)
        var kinds: [Entry] = []
        for entry in entries {
            switch entry.key {
            case "every": probe.everyMilliseconds = duration(entry, 1000...86_400_000, "1s to 1d") ?? 10_000
            case "timeout": probe.timeoutMilliseconds = duration(entry, 1...300_000, "1ms to 5m") ?? 3000
            case "expect":
                probe.expect = entry.value
                if !Self.isStatusList(entry.value) {
                    complain(entry, "write statuses, as 200, 2xx or 200-204, 301")
                }
            case "contains": probe.contains = entry.value
            case "header":
                probe.headers.append(entry.value)
                if !entry.value.utf8.contains(UInt8(ascii: ":")) { complain(entry, "write NAME: VALUE") }
            case "version":
                probe.version = entry.value
                let words = entry.value.split(separator: " ")
                let isKnown =
                    entry.value == "line" || words.count == 2 && (words[0] == "json" || words[0] == "header")
                if !isKnown { complain(entry, "write json KEY.KEY, header NAME, or line") }
            default:
                kinds.append(entry)
                probe.kind = AgentConfiguration.Probe.Kind(rawValue: entry.key) ?? .http
                probe.target = entry.value
                check(probe, entry)
            }
        }
        if kinds.count > 1 {
            complain(kinds[1], atKey: true, "a probe has one of http, tcp, tls and run; keep one")
        }
        if kinds.isEmpty, findings.isEmpty {
            complain("[\(section.title)] needs one of http, tcp, tls = HOST:PORT, run")
        }
        return probe
    }

    private mutating func check(_ probe: AgentConfiguration.Probe, _ entry: Entry) {
        switch probe.kind {
        case .http:
            if !entry.value.hasPrefix("http://"), !entry.value.hasPrefix("https://") {
                complain(entry, "write a URL, as http://127.0.0.1:8080/healthz")
            }
        case .tcp, .tls:
            let colon = entry.value.utf8.lastIndex(of: UInt8(ascii: ":"))
            let port = colon.flatMap { UInt16(entry.value[entry.value.utf8.index(after: $0)...]) } ?? 0
            if port == 0 || colon == entry.value.startIndex {
                complain(entry, "write HOST:PORT, as shop.example.net:443")
            }
        case .run: _ = argv(entry, parameters: [])
        }
    }

    mutating func action() -> AgentConfiguration.Action {
        var action = AgentConfiguration.Action(name: section.name, lock: section.name)
        action.file = section.file
        action.line = section.line
        for entry in entries where entry.key.hasPrefix("param.") {
            do throws(ActionError) {
                action.parameters.append(
                    .init(
                        name: String(entry.key.dropFirst("param.".count)),
                        type: try ActionParameter(entry.value)))
            } catch {
                complain(entry, error.description)
            }
        }
        for entry in entries where !entry.key.hasPrefix("param.") {
            switch entry.key {
            case "about": action.about = entry.value
            case "run": action.run = argv(entry, parameters: action.parameters.map { $0.name })
            case "user":
                action.user = entry.value
                if !ConfigurationValue.isName(entry.value) {
                    complain(entry, "write a user's name, as deploy")
                }
            case "timeout":
                action.timeoutMilliseconds = duration(entry, 1000...86_400_000, "1s to 1d") ?? 300_000
            case "grace": action.graceMilliseconds = duration(entry, 0...3_600_000, "0s to 1h") ?? 10_000
            case "danger":
                if let word = choice(entry, ActionDanger.allCases.map { $0.rawValue }) {
                    action.danger = ActionDanger(rawValue: word) ?? .service
                }
            case "lock":
                action.lock = entry.value
                if !ConfigurationValue.isName(entry.value) {
                    complain(entry, "a name has letters, digits, . _ -")
                }
            case "cooldown": action.cooldownMilliseconds = duration(entry, 0...604_800_000, "0s to 1w") ?? 0
            case "keep_output": action.keptOutputBytes = size(entry, 0...64 << 20, "0B to 64MiB") ?? 1 << 20
            case "leaves_processes": action.leavesProcesses = bool(entry) ?? false
            case "expects": action.expectsReboot = choice(entry, ["reboot"]) != nil
            default: action.returnMilliseconds = duration(entry, 1000...86_400_000, "1s to 1d") ?? 600_000
            }
        }
        if findings.isEmpty, action.about.isEmpty { complain("[\(section.title)] needs about = ONE LINE") }
        if findings.isEmpty, action.run == nil { complain("[\(section.title)] needs run = /PATH WORDS") }
        return action
    }

    // MARK: Values

    private mutating func duration(_ entry: Entry, _ range: ClosedRange<UInt64>, _ words: String) -> UInt64? {
        if let value = ConfigurationValue.milliseconds(entry.value), range.contains(value) { return value }
        complain(entry, "write a duration with its unit, \(words)")
        return nil
    }

    private mutating func size(_ entry: Entry, _ range: ClosedRange<UInt64>, _ words: String) -> UInt64? {
        if let value = ConfigurationValue.bytes(entry.value), range.contains(value) { return value }
        complain(entry, "write a size with its unit, \(words)")
        return nil
    }

    private mutating func bool(_ entry: Entry) -> Bool? {
        let value = ConfigurationValue.bool(entry.value)
        if value == nil { complain(entry, "write yes or no") }
        return value
    }

    private mutating func choice(_ entry: Entry, _ words: [String]) -> String? {
        if words.contains(entry.value) { return entry.value }
        complain(entry, "write \(words.joined(separator: " or "))")
        return nil
    }

    private mutating func argv(_ entry: Entry, parameters: [String]) -> ActionArgv? {
        do throws(UsageError) {
            return try ActionArgv(entry.value, parameters: parameters)
        } catch {
            complain(entry, error.description)
            return nil
        }
    }

    private static func isStatusList(_ text: String) -> Bool {
        let isStatus = { (word: Substring) in
            if word.count == 3, word.hasSuffix("xx") { return ("1"..."5").contains(word.prefix(1)) }
            return Int(word).map { (100...599).contains($0) } ?? false
        }
        return text.split(separator: ",", omittingEmptySubsequences: false).allSatisfy { part in
            let ends = part.filter { $0 != " " }.split(separator: "-", omittingEmptySubsequences: false)
            return (1...2).contains(ends.count) && ends.allSatisfy { isStatus(Substring($0)) }
        }
    }

    private func value(_ key: String) -> Entry? { entries.first { $0.key == key } }

    /// A relative path is relative to the file it stands in.
    private func absolute(_ path: String) -> String {
        guard path.utf8.first != UInt8(ascii: "/"),
            let slash = section.file.utf8.lastIndex(of: UInt8(ascii: "/"))
        else { return path }
        return section.file[...slash] + path
    }

    private mutating func complain(_ entry: Entry, atKey: Bool = false, _ text: String) {
        findings.append(
            ConfigurationFinding(
                file: section.file, line: entry.line, column: atKey ? entry.keyColumn : entry.valueColumn,
                atKey ? text : "\(entry.key) = \(entry.value): \(text)"))
    }

    private mutating func complain(_ text: String) {
        findings.append(ConfigurationFinding(file: section.file, line: section.line, column: 1, text))
    }
}
