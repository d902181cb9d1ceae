import CLinux
import Glibc
import Telemetry

/// Runs one command of `martlet-agent` and gives its exit status.
package enum AgentCommands {
    package static func run(_ words: [String]) -> Int32 {
        if words.first == ActionCourier.verb { return ActionCourier.run(Array(words.dropFirst())) }
        do throws(UsageError) {
            return run(try AgentArguments.parse(words))
        } catch {
            CommandOutput.write("martlet-agent: \(error)\n", to: 2)
            return 64
        }
    }

    private static func run(_ arguments: AgentArguments) -> Int32 {
        switch arguments.command {
        case .help:
            CommandOutput.write(AgentHelp.text, to: 1)
            return 0
        case .version:
            CommandOutput.write("\(martletVersion)\n", to: 1)
            return 0
        case .digest: return digest()
        case .metrics: return metrics(arguments)
        case .frames(let path): return frames(path)
        case .logs(let options): return LogsCommand(options).run()
        case .discover:
            CommandOutput.write(DiscoveryText.text(Discovery(arguments.paths), arguments.discovery), to: 1)
            return 0
        case .check(let path, let isJSON): return CheckCommand(path: path, isJSON: isJSON).run()
        case .checkSent(let path, let isJSON): return SentCheck(path: path, isJSON: isJSON).run()
        case .checkSudoers(let user, let path): return sudoers(for: user, path)
        case .stream, .run, .once:
            var command = SamplingCommand(arguments)
            return command.run()
        case .replay: return ReplayCommand(arguments).run()
        }
    }

    /// One line an action that runs as another user than the agent's; for install.sh.
    private static func sudoers(for user: String, _ named: String?) -> Int32 {
        guard let path = ConfigurationFiles.path(named) else { return 0 }
        let (configuration, findings) = AgentConfiguration.load(path)
        guard findings.isEmpty else {
            for finding in findings { CommandOutput.write("martlet-agent: \(finding)\n", to: 2) }
            return 65
        }
        for action in configuration.actions where action.user != nil && action.user != user {
            if let line = SudoersLine.text(action, agent: user) { CommandOutput.write("\(line)\n", to: 1) }
        }
        return 0
    }

    /// For a host that has no other program to check a copy with.
    private static func digest() -> Int32 {
        let path = "/proc/self/exe"
        let descriptor = unsafe clinux_open(path)
        var digest = [UInt8](repeating: 0, count: 32)
        let size = descriptor < 0 ? Int64(descriptor) : unsafe clinux_sha256(descriptor, &digest)
        guard size >= 0 else {
            CommandOutput.write("martlet-agent: \(path): \(reason(Int32(-size))); is /proc mounted?\n", to: 2)
            return 66
        }
        let digits = Array("0123456789abcdef".utf8)
        let text = digest.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        CommandOutput.write(String(decoding: text, as: UTF8.self) + "\n", to: 1)
        return 0
    }

    private static func metrics(_ arguments: AgentArguments) -> Int32 {
        let agent = AgentParts(arguments)
        agent.sampler.scrape(at: AgentLoop.now())
        agent.settle()
        CommandOutput.write(Exposition.text(agent.sampler.collectors, arguments.format), to: 1)
        return 0
    }

    private static func frames(_ path: String) -> Int32 {
        let descriptor = path == "-" ? 0 : unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            CommandOutput.write(
                "martlet-agent: \(path): \(reason(errno)); name a file that you may read\n", to: 2)
            return 66
        }
        var printer = FrameText()
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while printer.failure == nil {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(descriptor, $0.baseAddress, $0.count)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                CommandOutput.write(
                    "martlet-agent: \(path): \(reason(errno)); name a file of frames\n", to: 2)
                return 66
            }
            if count == 0 {
                guard let incompleteness = printer.incompleteness else { return 0 }
                CommandOutput.write("martlet-agent: \(path): \(incompleteness)\n", to: 2)
                return 65
            }
            let bytes = buffer
            CommandOutput.write(printer.lines(for: bytes.span.extracting(0..<count)), to: 1)
        }
        if let failure = printer.failure {
            CommandOutput.write("martlet-agent: \(path): \(failure)\n", to: 2)
        }
        return 65
    }

    static func reason(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
