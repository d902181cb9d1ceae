import Agent
import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `The agent's arguments` {
    @Test(arguments: [
        (words: "sample", error: "unknown command \"sample\""),
        (words: "stream --interval 10", error: "--interval 10: write a duration with its unit"),
        (words: "stream --interval 500ms", error: "--interval 500ms: write a duration from 1s to 5m"),
        (words: "stream --interval 1s1m", error: "--interval 1s1m: write a duration with its unit"),
        (words: "stream --interval=", error: "--interval: write a duration with its unit"),
        (words: "stream --interval", error: "--interval: a value is missing; write for example"),
        (words: "stream --interval 99999999999999999999s", error: "write a duration with its unit"),
        (words: "stream --ticks -1", error: "--ticks -1: write a number from 0"),
        (words: "stream --processes 201", error: "--processes 201: write a number from 0 to 200"),
        (words: "stream --command-lines some", error: "write name, masked or full"),
        (words: "stream --format prometheus", error: "unknown flag --format for this command"),
        (words: "metrics --format json", error: "write openmetrics or prometheus"),
        (words: "metrics --path.procfs proc", error: "--path.procfs proc: write an absolute path"),
        (words: "metrics more", error: "\"more\": no word is expected here"),
        (words: "frames", error: "frames: name the file to read"),
        (words: "check --config", error: "--config: a file is missing"),
        (words: "check a.conf --config b.conf", error: "check: name one file"),
    ])
    func `that are wrong are named, with what to write instead`(_ row: (words: String, error: String)) {
        let words = row.words.split(separator: " ").map(String.init)
        let error = #expect(throws: UsageError.self) { try AgentArguments.parse(words) }
        #expect(error?.description.contains(row.error) == true, "\(error?.description ?? "")")
    }

    @Test func `that are right are taken`() throws {
        let words = [
            "stream", "--interval=1m30s", "--text", "--ticks", "7", "--processes", "0", "--command-lines",
            "name",
            "--path.procfs", "/host/proc/", "--path.sysfs=/host/sys", "--path.rootfs", "/host",
        ]
        var expected = AgentArguments()
        expected.command = .stream
        expected.intervalMilliseconds = 90_000
        expected.isText = true
        expected.ticks = 7
        expected.processes = 0
        expected.commandLines = .name
        expected.paths = AgentPaths(procfs: "/host/proc", sysfs: "/host/sys", rootfs: "/host")
        expected.given = [
            "--interval", "--ticks", "--processes", "--command-lines", "--path.procfs", "--path.sysfs",
            "--path.rootfs",
        ]
        #expect(try AgentArguments.parse(words) == expected)
    }

    @Test(arguments: [
        "check --config x.conf", "check --config=x.conf", "check x.conf", "check -o table x.conf",
    ])
    func `of a check name their file as stream does, or alone`(_ words: String) throws {
        let parsed = try AgentArguments.parse(words.split(separator: " ").map(String.init))
        #expect(parsed.command == .check(path: "x.conf", isJSON: false))
    }

    /// Every flag that is taken is in the help, and every one that the help names is taken.
    @Test func `are those of the help`() throws {
        let named = Set(
            AgentHelp.text.split(whereSeparator: { " \n[]|".contains($0) }).map(String.init)
                .filter { $0.hasPrefix("--") })
        for flag in named.subtracting(["--help", "--version"]) {
            let isTaken = ["stream", "run", "replay", "metrics", "logs", "discover", "check"].contains {
                command in
                do {
                    _ = try AgentArguments.parse([command, flag])
                    return true
                } catch {
                    return !"\(error)".hasPrefix("unknown flag")
                }
            }
            #expect(isTaken, "\(flag)")
        }
    }
}

@Suite struct `Frames as text` {
    private func frames() -> [UInt8] {
        var encoder = SampleEncoder()
        encoder.append(
            .hello(Hello(program: "martlet-agent", programVersion: "0.1.0", host: "web1", nonce: 1)))
        let group = encoder.addGroup("filesystem")
        let labels: Labels = ["mountpoint": "/mnt/\u{1B}]0;owned\u{07}\u{9B}31m"]
        encoder.define(
            SeriesDefinition(SeriesKey("node_filesystem_readonly", labels), .gauge), slot: 0, group: group)
        encoder.beginTick(at: Timestamp(seconds: 1_800_000_000), isSnapshot: true)
        encoder.append(group: group, values: [1].span, ageMilliseconds: 0)
        encoder.endTick()
        return encoder.bytes
    }

    @Test func `bring no escape sequence of a label to the terminal`() {
        var printer = FrameText()
        let text = printer.lines(for: frames().span)
        #expect(text.contains("node_filesystem_readonly{mountpoint="))
        #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || !$0.properties.generalCategory.isControl })
    }

    @Test func `end with 65 where a file is none, or ends too early`() throws {
        let agent = try #require(Program.built("martlet-agent"))
        let bytes = frames()
        func run(_ bytes: some Sequence<UInt8>) throws -> Program.Result {
            try Program.run(agent, ["frames", "-"], input: Data(bytes))
        }
        let whole = try run(bytes)
        #expect(whole.status == 0 && whole.errors.isEmpty)
        let cut = try run(bytes.dropLast())
        #expect(cut.status == 65 && cut.errors.contains("ends in the middle of a frame"))
        #expect(cut.output.contains("hello martlet-agent 0.1.0 on web1"))
        for foreign in [Data(), Data("no frames\n".utf8)] {
            let none = try run(foreign)
            #expect(none.status == 65 && none.errors.contains("there is no frame in it"))
        }
    }
}

extension Unicode.GeneralCategory {
    fileprivate var isControl: Bool { self == .control || self == .format }
}
