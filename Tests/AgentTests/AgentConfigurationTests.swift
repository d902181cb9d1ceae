import Agent
import Foundation
import RequestLogs
import Telemetry
import TestSupport
import Testing

@Suite struct `The agent's configuration` {
    private static func parse(_ text: String) -> (AgentConfiguration, [String]) {
        let (configuration, findings) = AgentConfiguration.parse([("/etc/agent.conf", Array(text.utf8))])
        return (configuration, findings.map(\.description))
    }

    /// The file that ships: every key is there, commented or not.
    private static var shipped: String {
        get throws {
            let file = URL(filePath: #filePath).deletingLastPathComponent()
                .appending(path: "../../Agents/agent.conf").standardized
            return try String(contentsOf: file, encoding: .utf8)
        }
    }

    @Test func `is shipped with every key, and reads without its comment signs`() throws {
        let text = try Self.shipped
        #expect(Self.parse(text).1 == [])
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            line.hasPrefix("#") && !line.hasPrefix("# ") ? String(line.dropFirst()) : String(line)
        }
        let (configuration, findings) = Self.parse(lines.joined(separator: "\n"))
        #expect(findings == [])
        #expect(configuration.logs.count == 4)
        #expect(configuration.probes.count == 4)
        #expect(configuration.actions.count == 3)
        var section = ""
        var seen: [String: Set<String>] = [:]
        for line in lines where !line.hasPrefix("#") {
            if line.hasPrefix("[") {
                section = String(line.dropFirst().prefix { $0.isLetter })
            } else if let equals = line.firstIndex(of: "=") {
                let key = line[..<equals].trimmingCharacters(in: .whitespaces)
                let dot = key.firstIndex(of: ".")
                seen[section, default: []].insert(dot.map { String(key[...$0]) } ?? key)
            }
        }
        for kind in ["agent", "record", "log", "probe", "action"] {
            #expect(seen[kind] == Set(AgentConfiguration.keys(of: kind)), "\(kind)")
        }
    }

    @Test func `takes each key with its unit`() {
        let (configuration, findings) = Self.parse(
            """
            ; a comment
            [agent]
            name = web01.eu.example.net
            interval = 1m30s
            processes = 0
            command_lines = full
            [record]
            size = 20MB
            keep_free = 0.5%
            age = 1w1d
            [log shop]
            path = logs/shop-*.log
            pattern = {time} {level} [{_}] {method} {path} -> {status} in {duration_ms} ms
            pattern = {time} {level} [{_}] {message}
            match.pool-empty = connection pool # exhausted
            slow = 800ms
            start = end
            zone = +02:00
            [log worker]
            journal = worker.service
            """)
        #expect(findings == [])
        #expect(configuration.intervalMilliseconds == 90_000)
        #expect(configuration.processes == 0)
        #expect(configuration.record.bytes == 20_000_000)
        #expect(configuration.record.keepFree == 500)
        #expect(configuration.record.ageMilliseconds == 691_200_000)
        let shop = configuration.logs[0]
        #expect(shop.spec.paths == ["/etc/logs/shop-*.log"])
        #expect(shop.spec.start == .end)
        #expect(shop.spec.options.slowNanoseconds == 800_000_000)
        #expect(shop.spec.options.matches.first?.text == Array("connection pool # exhausted".utf8))
        #expect(configuration.logs[1].spec.journal == "worker.service")
    }

    @Test(arguments: [
        (
            "[log shop]\npath = /x\npatern = {path}",
            "agent.conf:3:1: unknown key \"patern\" in [log shop]; did you mean \"pattern\"?"
        ),
        ("[lgo x]", "did you mean \"log\"?"), ("[web x]", "the kinds are agent, record"),
        ("[agent]\ninterval = 10", "2:12: interval = 10: write a duration with its unit"),
        ("[agent]\ninterval = 6m", "1s to 5m"), ("[agent]\ninterval = 5s1m", "1s to 5m"),
        ("[agent]\nprocesses = 201", "0 to 200"), ("[agent]\ncommand_lines = all", "name, masked or full"),
        ("[agent]\naudit = file", "syslog or none"), ("[agent]\nactions = on", "yes or no"),
        ("[agent]\nname = -o", "no host's name"), ("[agent]\nname = a\nname = b", "set already, in line 2"),
        ("[agent]\n[agent]", "[agent] is there already, in line 1"), ("[agent x]", "takes no name"),
        ("[record]\nsize = 64", "size with its unit"), ("[record]\nkeep_free = 0.05", "with its %"),
        ("[record]\npath = x", "absolute path"), ("[log]", "needs a name"),
        ("[log a b]", "a name has letters"),
        ("[log a]", "needs path = FILE or journal = UNIT"), ("[log a", "a ] is missing"),
        ("name = x", "in no section"),
        ("[agent]\nname", "write key = value"), ("[agent]\n= x", "a key is missing"),
        ("[agent]\nname =", "has no value"),
        ("[log a]\npath = /x\nformat = ngnix", "did you mean \"nginx\"?"),
        ("[log a]\npath = /x\nformat = json\npattern = {path}", "exclude each other"),
        ("[log a]\npath = /x\njournal = a.service", "exclude each other"),
        ("[log a]\npath = /x\nroute = items", "write a path"),
        ("[log a]\npath = /x\nignore = /x", "a method or *"),
        ("[log a]\npath = /x\nmatch. = x", "match.NAME"),
        ("[log a]\npath = /x\nzone = ../etc", "zone's name"),
        ("[probe a]\nevery = 1s", "needs one of"), ("[probe a]\ntcp = x", "HOST:PORT"),
        ("[probe a]\nhttp = http://x\ntls = x:1", "keep one"), ("[probe a]\nhttp = x", "write a URL"),
        ("[probe a]\nhttp = http://x\nexpect = ok", "write statuses"),
        ("[action a]\nrun = /bin/x", "needs about"), ("[action a]\nabout = x", "needs run"),
        ("[action a]\nabout = x\nrun = /bin/x\ndanger = big", "look or service or destroy"),
        ("[agent]\nname = a\u{1}", "control character"),
    ])
    func `names file, line, column, fault and remedy`(_ text: String, _ words: String) {
        let findings = Self.parse(text).1
        #expect(findings.contains { $0.hasPrefix("/etc/agent.conf:") && $0.contains(words) }, "\(findings)")
        #expect(findings.count == 1, "\(findings)")
    }

    @Test(arguments: [
        ("{time} {level} [{_}] {method} {path} -> {status} in {duration_ms} ms", nil),
        (#"{client} "{request}" {status} {bytes} {duration_s}"#, nil), ("{method}{path}", "between"),
        ("{verb} {path}", "verb"), ("{path} {path}", "twice"), ("plain text", "field"),
    ])
    func `takes patterns with names in braces`(_ pattern: String, _ words: String?) {
        let findings = Self.parse("[log a]\npath = /x\npattern = \(pattern)").1
        #expect(findings.isEmpty == (words == nil), "\(findings)")
        if let words { #expect(findings.first?.contains(words) == true, "\(findings)") }
    }

    @Test(arguments: [
        ("/usr/local/bin/x web {version}", "/usr/local/bin/x|web|4.12.1"),
        (#"/bin/x --v={version} 'a b' "c \"d\"""#, #"/bin/x|--v=4.12.1|a b|c "d""#),
        ("/bin/x {{literal}} $HOME *.log ; ls", "/bin/x|{literal}|$HOME|*.log|;|ls"),
        ("/bin/x ''", "/bin/x|"),
    ])
    func `splits a command into words without a shell`(_ text: String, _ words: String) throws {
        let argv = try ActionArgv(text, parameters: ["version"])
        let filled = argv.words.map { parts in
            parts.map { if case .text(let text) = $0 { text } else { "4.12.1" } }.joined()
        }
        #expect(filled.joined(separator: "|") == words)
    }

    @Test(arguments: [
        ("restart.sh web", "absolute path"), ("/bin/{version}", "in the program's path"),
        ("/bin/x {mode}", "undeclared parameter mode"), ("/bin/x 'open", "quote not closed"),
        ("/bin/x {version", "brace not closed"),
    ])
    func `refuses a command that could surprise`(_ text: String, _ words: String) {
        do {
            _ = try ActionArgv(text, parameters: ["version"])
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.description.contains(words))
        }
    }

    @Test(arguments: [
        ("version", "4.12.1", true), ("version", "v2", true), ("word", "web_01", true),
        ("int 1..20", "7", true),
        ("choice fast|safe", "safe", true), ("version", "-4", false), ("version", "4.12.1;reboot", false),
        ("version", "$(id)", false), ("word", "a b", false), ("int 1..20", "21", false),
        ("int 1..20", "07", false), ("int -5..5", "-3", true), ("int -5..5", "-6", false),
        ("int -5..5", "-0", false), ("int -5..5", "+3", false), ("int -5..5", "-", false),
        ("int 1..20", "+7", false), ("choice fast|safe", "Fast", false),
    ])
    func `takes a parameter's values by its type`(_ type: String, _ value: String, _ isTaken: Bool) throws {
        #expect(try ActionParameter(type).takes(value) == isTaken)
    }

    @Test
    func `reads drop-ins in order, and refuses a section in two files and a file that others may write`()
        throws
    {
        let folder = try TemporaryFolder()
        let main = folder.url.appending(path: "agent.conf")
        let drops = folder.url.appending(path: "agent.conf.d")
        try FileManager.default.createDirectory(at: drops, withIntermediateDirectories: true)
        try Data("[agent]\ninterval = 2s\n".utf8).write(to: main)
        let web = drops.appending(path: "web.conf")
        try Data("[log web]\npath = /x\n".utf8).write(to: web)
        let (configuration, findings) = AgentConfiguration.load(main.path)
        #expect(findings == [])
        #expect(configuration.logs.map(\.name) == ["web"])
        try Data("[agent]\n".utf8).write(to: web)
        #expect(
            AgentConfiguration.load(main.path).findings.first?.text.contains("\(main.path) too, line 1")
                == true)
        #expect(chmod(web.path, 0o666) == 0)
        #expect(AgentConfiguration.load(main.path).findings.first?.text.contains("chmod go-w") == true)
        #expect(chmod(web.path, 0o644) == 0)
        // Who may write a folder above it may put another file in its place.
        for folder in [drops.path, folder.url.path] {
            #expect(chmod(folder, 0o777) == 0)
            let text = AgentConfiguration.load(main.path).findings.first?.text
            #expect(text?.contains("run chmod go-w \(folder)") == true, "\(text ?? "none")")
            #expect(chmod(folder, 0o755) == 0)
        }
        #expect(AgentConfiguration.load(main.path).findings.count == 1)
    }

    @Test func `reads any bytes to a value or to findings`() throws {
        var seed: UInt64 = 20_261_125
        print("seed \(seed)")
        let seeds = Array(try Self.shipped.utf8)
        for _ in 0..<400 {
            var bytes = seeds
            for _ in 0..<40 {
                seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                let place = Int((seed >> 33) % UInt64(bytes.count))
                let piece = Int(seed >> 58)
                switch seed >> 29 & 3 {
                case 0: bytes[place] = UInt8(truncatingIfNeeded: seed >> 20)
                case 1: bytes.removeSubrange(place..<min(bytes.count - 1, place + piece))
                case 2: bytes.insert(contentsOf: seeds[..<min(seeds.count, piece)], at: place)
                default: bytes[place] = [0x23, 0x0A, 0x3D, 0x5B, 0x7B, 0x22, 0x00, 0xFF][Int(seed >> 40 & 7)]
                }
            }
            let findings = AgentConfiguration.parse([("a", bytes)]).findings
            #expect(findings.allSatisfy { !$0.text.isEmpty && $0.line >= 0 })
        }
    }
}

@Suite struct `The check command` {
    private static let line =
        #"1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] "GET /items/7 HTTP/1.1" 200 5"# + "\n"

    private static func check(_ text: String, log: String) throws -> Program.Result? {
        guard let agent = Program.built("martlet-agent") else {
            print("skipped: martlet-agent is not there")
            return nil
        }
        let folder = try TemporaryFolder()
        try Data(log.utf8).write(to: folder.url.appending(path: "a.log"))
        let file = folder.url.appending(path: "agent.conf")
        try Data(text.utf8).write(to: file)
        return try Program.run(agent, ["check", file.path])
    }

    @Test(arguments: [
        ("[log a]\npath = a.log\n", line, 0, "found out, confidence"),
        ("[log a]\npath = a.log\nformat = nginx:combined\n", "x y\n", 1, "1 line does not fit"),
        ("[log a]\npath = nope\n", line, 1, "optional = yes"),
        ("[log a]\npath = nope\noptional = yes\n", line, 0, ""),
        ("[log a]\npath = *.txt\n", line, 1, "no file is there now"),
        ("[log a]\npath = .\n", line, 1, "is a folder; name the logs in it"),
        ("[log a]\npath = nope\n", line, 1, "well formed, but"),
        ("[log a]\npatern = x\n", line, 65, "did you mean \"pattern\"?"),
    ])
    func `says by its status and in words whether logs read as the file says`(
        _ text: String, _ log: String, _ status: Int32, _ words: String
    ) throws {
        guard let result = try Self.check(text, log: log) else { return }
        #expect(result.status == status)
        #expect(words.isEmpty || result.output.contains(words), "\(result.output)")
    }

    @Test func `reads the end of a unit's journal, and says what to do where it cannot`() throws {
        guard let agent = Program.built("martlet-agent") else {
            print("skipped: martlet-agent is not there")
            return
        }
        let folder = try TemporaryFolder()
        let file = folder.url.appending(path: "agent.conf")
        try Data("[log worker]\njournal = worker.service\nformat = logfmt\n".utf8).write(to: file)
        let program = folder.url.appending(path: "journalctl").path
        let entry = { (message: String) in "__CURSOR=s=1\nMESSAGE=\(message)\n\n" }
        let entries = entry("method=GET path=/a status=200") + entry("level=error msg=no")
        try Program.script("[ \"$4\" = --unit=worker.service ] && printf '\(entries)'", at: program)
        let environment = ["PATH": "\(folder.url.path):/usr/bin:/bin"]
        let right = try Program.run(agent, ["check", file.path], environment: environment)
        #expect(right.status == 0, "\(right.output)")
        #expect(right.output.contains("worker  journal:worker.service"), "\(right.output)")
        #expect(right.output.contains("read as logfmt: 2 records"), "\(right.output)")
        try Program.script("exit 1", at: program)
        let closed = try Program.run(agent, ["check", file.path], environment: environment)
        #expect(closed.status == 1)
        #expect(closed.output.contains("usermod -aG systemd-journal"), "\(closed.output)")
        let none = try Program.run(
            agent, ["check", file.path], environment: ["PATH": folder.url.path + "/no"])
        #expect(none.status == 1)
        #expect(none.output.contains("no journalctl is on this host"), "\(none.output)")
    }

    @Test func `marks the first character that does not fit, and names the nearest formats`() throws {
        let bad = Self.line.replacing(" 200 ", with: " 2x0 ")
        guard
            let result = try Self.check("[log a]\npath = a.log\nformat = nginx:combined\n", log: bad)
        else { return }
        let lines = result.output.split(separator: "\n").map(String.init)
        let caret = lines.firstIndex { $0.contains("^") && !$0.contains("GET") }
        #expect(caret != nil, "\(result.output)")
        if let caret {
            #expect(lines.dropFirst(caret + 1).prefix(3).allSatisfy { $0.contains("fits up to column") })
        }
    }
}
