/// What `martlet-agent` was asked to do; parsed here because ArgumentParser would bring Foundation.
package struct AgentArguments: Equatable, Sendable {
    /// The first word: what this run of the program is for.
    package enum Command: Equatable, Sendable {
        case stream
        /// Samples and records until it is asked to stop.
        case run
        /// One round for the recorder, from cron.
        case once
        case replay
        case metrics
        case frames(path: String)
        case logs(LogsOptions)
        case discover
        /// nil is the usual place.
        case check(path: String?, isJSON: Bool)
        /// Of a file that hosts.yaml's agent_conf names.
        case checkSent(path: String, isJSON: Bool)
        /// The lines that sudo needs where the agent runs as this user.
        case checkSudoers(user: String, path: String?)
        case help
        case version
        /// The SHA-256 of this very program.
        case digest
    }

    package var command = Command.help
    package var intervalMilliseconds: UInt32 = 1000
    package var isText = false
    package var ticks: UInt64 = 0
    /// How many of the busiest processes to send; 0 switches the process scan off.
    package var processes = 30
    package var commandLines = CommandLines.masked
    package var format = Exposition.Format.openmetrics
    package var paths = AgentPaths()
    /// Folders whose `*.prom` files are read too.
    package var textfileFolders: [String] = []

    /// Logs to follow, in the order given.
    package var logs: [FollowedLog] = []

    /// How `discover` prints what it found.
    package var discovery = DiscoveryText.Output.table

    /// Whether a stream to which no log was named follows those that it finds.
    package var discovers = true

    /// Where offsets and counts of followed logs are kept; nil keeps none.
    package var stateFolder: String?

    /// Where agent.conf lies; nil is the usual place.
    package var configuration: String?
    /// Flags that were given, which go before what the file says.
    package var given: Set<String> = []

    /// A service and one of its logs, as `--log SERVICE=PATH` says it.
    package struct FollowedLog: Equatable, Sendable {
        package let service: String
        /// Absolute; may hold `*`, `?` and `[a-z]`.
        package let path: String
    }

    /// The `[probe]` sections.
    package var serviceProbes: [AgentConfiguration.Probe] = []
    /// What `replay` gives: moments in milliseconds since the Unix epoch, or before now where they are not positive.
    package var replayFrom: Int64 = -3_600_000
    package var replayTo: Int64 = 0
    package var replayStep: UInt32 = 1000

    /// What of a process's arguments leaves the host.
    package enum CommandLines: String, Sendable, CaseIterable {
        case name, masked, full
    }

    package init() {}

    /// Parses the words after the program's name.
    package static func parse(_ words: [String]) throws(UsageError) -> AgentArguments {
        var arguments = AgentArguments()
        var rest = words[...]
        guard let first = rest.popFirst() else { return arguments }
        switch first {
        case "stream": arguments.command = .stream
        case "run": arguments.command = .run
        case "once": arguments.command = .once
        case "replay": arguments.command = .replay
        case "metrics": arguments.command = .metrics
        case "frames": arguments.command = .frames(path: "")
        case "discover": arguments.command = .discover
        case "logs":
            arguments.command = try LogsOptions.parse(rest).map(Command.logs) ?? .help
            return arguments
        case "check":
            arguments.command = try check(rest)
            return arguments
        case "help", "--help", "-h": return arguments
        case "--version", "version":
            arguments.command = .version
            return arguments
        case "digest" where rest.isEmpty:
            arguments.command = .digest
            return arguments
        default:
            throw UsageError(
                "unknown command \"\(first)\"; the commands are stream, run, once, replay, metrics, logs, discover, check and frames, see martlet-agent --help"
            )
        }
        while let word = rest.popFirst() { try arguments.take(word, &rest) }
        if arguments.command == .frames(path: "") {
            throw UsageError("frames: name the file to read, or - for standard input")
        }
        return arguments
    }

    private mutating func take(_ word: String, _ rest: inout ArraySlice<String>) throws(UsageError) {
        if word == "--help" || word == "-h" {
            command = .help
            rest = []
            return
        }
        if !word.hasPrefix("-") || word == "-" { return try takePositional(word) }
        let split = FlagWord(word)
        let flag = split.flag
        if flag == "--text", [.stream, .replay].contains(command), split.value == nil {
            isText = true
            return
        }
        if flag == "--no-discover", [.stream, .run, .once].contains(command), split.value == nil {
            discovers = false
            given.insert(flag)
            return
        }
        guard Self.valueFlags(command).contains(flag) else {
            throw UsageError("unknown flag \(flag) for this command; see martlet-agent --help")
        }
        guard let value = split.value ?? rest.popFirst() else {
            throw UsageError("\(flag): a value is missing; write for example \(flag)=\(Self.example(flag))")
        }
        try set(flag, value)
        given.insert(flag)
    }

    /// Takes from the file what no flag says.
    package mutating func apply(_ configuration: AgentConfiguration) {
        if !given.contains("--interval"), let value = configuration.intervalMilliseconds {
            intervalMilliseconds = value
        }
        if !given.contains("--processes"), let value = configuration.processes { processes = value }
        if !given.contains("--command-lines"), let value = configuration.commandLines { commandLines = value }
        if !given.contains("--no-discover"), let value = configuration.discovers { discovers = value }
        serviceProbes = configuration.probes
    }

    private static func check(_ words: ArraySlice<String>) throws(UsageError) -> Command {
        var path: String?
        var isJSON = false
        var isSent = false
        var user: String?
        var rest = words
        while let word = rest.popFirst() {
            if word == "--help" || word == "-h" { return .help }
            if word == "--sent" {
                isSent = true
                continue
            }
            guard word.hasPrefix("-") else {
                guard path == nil else { throw UsageError("check: name one file, or none for the usual one") }
                path = word
                continue
            }
            let split = FlagWord(word)
            if split.flag == "--config" {
                guard let value = split.value ?? rest.popFirst() else {
                    throw UsageError(
                        "--config: a file is missing; write for example --config=\(example("--config"))")
                }
                guard path == nil else { throw UsageError("check: name one file, or none for the usual one") }
                path = value
                continue
            }
            if split.flag == "--sudoers" {
                guard let name = split.value ?? rest.popFirst(), ConfigurationValue.isName(name) else {
                    throw UsageError("--sudoers: write the user whom the agent runs as, as --sudoers=martlet")
                }
                user = name
                continue
            }
            guard split.flag == "-o" || split.flag == "--output" else {
                throw UsageError("unknown flag \(split.flag) for check; see martlet-agent --help")
            }
            guard let value = split.value ?? rest.popFirst(), value == "json" || value == "table" else {
                throw UsageError("\(split.flag): write table or json behind it")
            }
            isJSON = value == "json"
        }
        if let user {
            guard !isSent, !isJSON else { throw UsageError("check --sudoers goes without --sent and -o") }
            return .checkSudoers(user: user, path: path)
        }
        guard isSent else { return .check(path: path, isJSON: isJSON) }
        guard let path else { throw UsageError("check --sent: name the file that is to be sent") }
        return .checkSent(path: path, isJSON: isJSON)
    }

    private mutating func takePositional(_ word: String) throws(UsageError) {
        guard command == .frames(path: "") else { throw UsageError("\"\(word)\": no word is expected here") }
        command = .frames(path: word)
    }

    private static func valueFlags(_ command: Command) -> [String] {
        let paths = ["--path.procfs", "--path.sysfs", "--path.rootfs", "--collector.textfile.directory"]
        return switch command {
        case .stream:
            ["--interval", "--ticks", "--processes", "--command-lines", "--config", "--log", "--state"]
                + paths
        case .run, .once:
            ["--interval", "--processes", "--command-lines", "--config", "--log", "--state"] + paths
        case .replay: ["--state", "--config", "--from", "--to", "--step"]
        case .metrics: ["--format"] + paths
        case .discover: ["--output", "-o"] + paths
        case .frames, .logs, .check, .checkSent, .checkSudoers, .help, .version, .digest: []
        }
    }

    private static func example(_ flag: String) -> String {
        switch flag {
        case "--config": "/etc/martlet/agent.conf"
        case "--interval": "1s"
        case "--ticks": "60"
        case "--processes": "30"
        case "--command-lines": "masked"
        case "--format": "prometheus"
        case "--output", "-o": "conf"
        case "--log": "shop=/var/log/nginx/access.log"
        case "--state": "/var/lib/martlet"
        case "--from", "--to": "1h"
        case "--step": "10s"
        case "--collector.textfile.directory": "/var/lib/prometheus/node-exporter"
        default: "/proc"
        }
    }

    private mutating func set(_ flag: String, _ value: String) throws(UsageError) {
        switch flag {
        case "--interval":
            let interval = try Self.milliseconds(flag, value)
            guard interval >= 1000, interval <= 300_000 else {
                throw UsageError("--interval \(value): write a duration from 1s to 5m")
            }
            intervalMilliseconds = interval
        case "--ticks": ticks = UInt64(try Self.number(flag, value, 0...1_000_000_000))
        case "--processes": processes = try Self.number(flag, value, 0...200)
        case "--command-lines":
            guard let known = CommandLines(rawValue: value) else {
                throw UsageError("--command-lines \(value): write name, masked or full")
            }
            commandLines = known
        case "--format":
            guard let known = Exposition.Format(rawValue: value) else {
                throw UsageError("--format \(value): write openmetrics or prometheus")
            }
            format = known
        case "--config": configuration = value
        case "--log": logs.append(try Self.log(value))
        case "--state": stateFolder = try Self.folder(flag, value)
        case "--from": replayFrom = try Self.moment(flag, value)
        case "--to": replayTo = try Self.moment(flag, value)
        case "--step":
            let step = try Self.milliseconds(flag, value)
            guard step >= 1000 else { throw UsageError("--step \(value): write a duration from 1s on") }
            replayStep = step
        case "--output", "-o":
            guard let known = DiscoveryText.Output(rawValue: value) else {
                throw UsageError("\(flag) \(value): write table, conf or json")
            }
            discovery = known
        case "--path.procfs": paths.procfs = try Self.folder(flag, value)
        case "--path.sysfs": paths.sysfs = try Self.folder(flag, value)
        case "--collector.textfile.directory":
            guard textfileFolders.count < TextfileProbe.foldersMax else {
                throw UsageError("\(flag) \(value): at most \(TextfileProbe.foldersMax) folders are read")
            }
            textfileFolders.append(try Self.folder(flag, value))
        default: paths.rootfs = try Self.folder(flag, value)
        }
    }

    /// `1h` is an hour ago, `@1785594727000` a moment in milliseconds since the Unix epoch.
    private static func moment(_ flag: String, _ value: String) throws(UsageError) -> Int64 {
        guard value.hasPrefix("@") else { return -Int64(try milliseconds(flag, value)) }
        guard let moment = Int64(value.dropFirst()), moment >= 0 else {
            throw UsageError("\(flag) \(value): write a duration, or @ and milliseconds since 1970")
        }
        return moment
    }

    private static func log(_ value: String) throws(UsageError) -> FollowedLog {
        let parts = value.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let isName = { (byte: UInt8) in
            byte >= 0x30 && byte <= 0x39 || byte >= 0x41 && byte <= 0x5A || byte >= 0x61 && byte <= 0x7A
                || byte == 0x2E || byte == 0x5F || byte == 0x2D
        }
        guard parts.count == 2, parts[1].hasPrefix("/"), (1...64).contains(parts[0].utf8.count),
            parts[0].utf8.allSatisfy(isName)
        else {
            throw UsageError(
                "--log \(value): write a service's name and an absolute path, as shop=/var/log/nginx/access.log"
            )
        }
        return FollowedLog(service: String(parts[0]), path: String(parts[1]))
    }

    private static func folder(_ flag: String, _ value: String) throws(UsageError) -> String {
        guard value.hasPrefix("/") else { throw UsageError("\(flag) \(value): write an absolute path") }
        return value.count > 1 && value.hasSuffix("/") ? String(value.dropLast()) : value
    }

    private static func number(_ flag: String, _ value: String, _ range: ClosedRange<Int>) throws(UsageError)
        -> Int
    {
        guard let number = Int(value), range.contains(number) else {
            throw UsageError(
                "\(flag) \(value): write a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    /// A duration as configuration files write it: `500ms`, `10s`, `1m30s`; units largest first, no bare number.
    static func milliseconds(_ flag: String, _ text: String) throws(UsageError) -> UInt32 {
        let units: [(name: String, milliseconds: UInt64)] = [
            ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1),
        ]
        var total: UInt64 = 0
        var next = 0
        var rest = Substring(text)
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            let letters = rest.dropFirst(digits.count).prefix { ("a"..."z").contains($0) }
            guard let count = UInt64(digits), count < 1_000_000_000,
                let unit = units.firstIndex(where: { $0.name == letters }), unit >= next
            else { throw UsageError("\(flag) \(text): write a duration with its unit, as 1s or 1m30s") }
            total += count * units[unit].milliseconds
            next = unit + 1
            rest = rest.dropFirst(digits.count + letters.count)
        }
        guard !text.isEmpty else {
            throw UsageError("\(flag): write a duration with its unit, as 1s or 1m30s")
        }
        return UInt32(clamping: total)
    }
}

/// What is wrong with the command line, and what to write instead; the exit status is 64.
package struct UsageError: Error, Equatable, CustomStringConvertible {
    package let description: String

    init(_ description: String) {
        self.description = description
    }
}
