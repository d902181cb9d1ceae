import Foundation
import TestSupport
import Testing

/// How a command of the README is run here: as it stands, or as near to it as one machine and one test allow.
private enum Trial {
    /// Runs to its end; its output holds the text.
    case prints(String)
    /// Its output begins with something that holds the text; then it is ended.
    case streams(String)
    /// Opens a screen that comes to show the text, in a terminal of the test's own.
    case opens(String)
    /// Would run for minutes or need another machine: make says what it would do, or the words are checked.
    case plans(String)
}

@Suite(.serialized) struct `The README` {
    private static let trials: [String: Trial] = [
        "make run": .plans("bin/martlet"),
        "bin/martlet web1 web2": .opens("web2"),
        "ssh -t jump1.example.net martlet web1 web2": .opens("web2"),
        "bin/martlet snapshot --screen host --size 120x36": .prints("CPU"),
        "bin/martlet doctor": .prints("terminal"),
        "bin/martlet-agent metrics": .prints("node_cpu_seconds_total"),
        "bin/martlet-agent stream --text": .streams("node_cpu_seconds_total"),
        "bin/martlet-agent discover": .prints("log"),
        "bin/martlet action list": .prints("HOST"),
        "bin/martlet audit": .prints("NUMBER"),
        "bin/martlet rollout list": .prints("ROLLOUT"),
        "bin/martlet rollout status": .prints("no rollout was started here"),
        "bin/martlet rules check": .prints("shipped"),
        "bin/martlet rules show": .prints("HttpErrors"),
        "bin/martlet rules show --signals": .prints("disk.used"),
        "bin/martlet rules try 'cpu(5m) > 90% for 10m' --since 1h": .prints("cpu"),
        "make build": .plans("bin/martlet"),
        "sudo make install": .plans(".ci/install"),
        "make help": .prints("bench"),
        "make test": .plans("test --skip-build"),
        "make lint": .prints("lint"),
        "make bench": .plans("martlet-bench"),
    ]

    /// The lines of the README's `sh` blocks.
    private static func commands() throws -> [String] {
        var commands: [String] = []
        var isInside = false
        for line in try Repository.text("README.md").split(separator: "\n", omittingEmptySubsequences: false)
        {
            if line.hasPrefix("```") {
                isInside = line == "```sh"
            } else if isInside, !line.isEmpty {
                commands.append(String(line))
            }
        }
        return commands
    }

    @Test func `has only commands that are tried here`() throws {
        #expect(try Self.commands().sorted() == Self.trials.keys.sorted())
    }

    @Test(arguments: ["host", "traffic", "deploys"])
    func `shows the screen that make screens captured`(_ name: String) throws {
        let screen = try Repository.text("docs/screens/\(name).txt")
        #expect(try Repository.text("README.md").contains("```text\n\(screen)```"))
    }

    @Test(arguments: trials.keys.sorted())
    func `has commands that work`(_ command: String) throws {
        let world = try TemporaryFolder()
        let agent = try #require(Program.built("martlet-agent"))
        try FakeSSH.install(in: world, agent: agent)
        let words = try run(command)
        switch try #require(Self.trials[command]) {
        case .prints(let text):
            let result = try Program.run(
                "/usr/bin/env", words, environment: environment(world), folder: Repository.root)
            #expect((result.output + result.errors).contains(text), "\(command): \(result.errors)")
            // The doctor may miss something here, and says so by its status.
            let isWell = result.status == 0 || command.hasSuffix(" doctor") && result.status == 1
            #expect(isWell, "\(command): \(result.status) \(result.errors)")
            World.endHubs(of: world)
        case .streams(let text):
            // It ends when nobody reads it any more.
            let result = try Program.run(
                "/usr/bin/env", ["sh", "-c", #"timeout 60 "$@" | grep -m 1 "$0""#, text] + words,
                environment: environment(world), folder: Repository.root)
            #expect(result.output.contains(text), "\(command)")
        case .opens(let text):
            guard let session = try TmuxSession(world: world) else { return }
            try session.line(words.joined(separator: " "))
            #expect(try session.shows(text), "\(command)")
        case .plans(let text):
            let plan = ["make", "-n"] + words.filter { $0 != "sudo" && $0 != "make" }
            let result = try Program.run("/usr/bin/env", plan, folder: Repository.root)
            #expect(result.status == 0 && result.output.contains(text), "\(command): \(result.errors)")
        }
    }

    /// The words to run: this build's programs instead of `bin`'s, and what ssh would run there run here.
    private func run(_ command: String) throws -> [String] {
        // What stands in single quotes is one word.
        var words = command.split(separator: "'", omittingEmptySubsequences: false).enumerated().flatMap {
            $0.offset % 2 == 1 ? [String($0.element)] : $0.element.split(separator: " ").map(String.init)
        }
        if words.first == "ssh" { words.removeFirst(3) }
        for program in ["martlet", "martlet-agent"] where words[0] == program || words[0] == "bin/\(program)"
        {
            words[0] = try #require(Program.built(program))
        }
        return words
    }

    private func environment(_ world: TemporaryFolder) -> [String: String] {
        World.variables(of: world).merging(["TERM": "xterm-256color"]) { old, _ in old }
    }
}
