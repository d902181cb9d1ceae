import CLinux
import Foundation
import Glibc
import Telemetry
import TestSupport
import Wire

/// `martlet-agent` as a process of its own, whose output is read as frames.
final class AgentProcess {
    let pid: pid_t
    private let output: Int32
    private var input: Int32
    private var decoder = FrameDecoder()
    private var keys: [Int32: SeriesKey] = [:]
    private(set) var hellos: [Hello] = []
    private(set) var ticks = 0
    private(set) var facts: HostFacts?
    private(set) var spans: [(from: Timestamp, to: Timestamp)] = []
    private(set) var past = 0
    private(set) var pastTicks = 0
    private(set) var isPastOver = false
    private var pastDecoder = FrameDecoder()
    /// The last value of each series.
    private(set) var values: [SeriesKey: Double] = [:]
    private var isReaped = false

    init(_ arguments: [String], environment: [String] = []) throws {
        guard let program = Program.built("martlet-agent") else {
            throw ProgramError.notStarted(program: "martlet-agent", errno: ENOENT)
        }
        var (toAgent, fromAgent): ([Int32], [Int32]) = ([0, 0], [0, 0])
        // Other tests start programs meanwhile, which must not get an end: it would never be the last one that is closed.
        guard clinux_pipe(&toAgent) == 0, clinux_pipe(&fromAgent) == 0 else { throw POSIXError(.EMFILE) }
        for end in toAgent + [fromAgent[1]] { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) & ~O_NONBLOCK) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, toAgent[0], 0)
        posix_spawn_file_actions_adddup2(&actions, fromAgent[1], 1)
        let words = ["/usr/bin/env"] + environment + [program] + arguments
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid: pid_t = 0
        let status = posix_spawn(&pid, words[0], &actions, nil, &argv, environ)
        close(toAgent[0])
        close(fromAgent[1])
        guard status == 0 else { throw ProgramError.notStarted(program: program, errno: status) }
        self.pid = pid
        (input, output) = (toAgent[1], fromAgent[0])
    }

    /// Whether it is the agent by now, and keeps a signal for later (proc(5), SigBlk).
    func isBlocking(_ signal: Int32) -> Bool {
        let text = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        let mask = text.split(separator: "\n").first { $0.hasPrefix("SigBlk:") }?.split(separator: "\t").last
        return mask.flatMap { UInt64($0, radix: 16) }.map { $0 & (1 << (signal - 1)) != 0 } ?? false
    }

    deinit {
        if !isReaped { kill() }
        if input >= 0 { close(input) }
        close(output)
    }

    func kill(_ signal: Int32 = SIGKILL) {
        Glibc.kill(pid, signal)
        _ = end()
    }

    /// Waits for the end: the exit status, or 128 and the signal.
    func end(within seconds: Double = 60) -> Int32 {
        var status: Int32 = 0
        let isEnded = Eventually.holds(within: seconds) {
            _ = try? self.read()
            return waitpid(pid, &status, WNOHANG) == pid
        }
        if !isEnded {
            Glibc.kill(pid, SIGKILL)
            waitpid(pid, &status, 0)
        }
        isReaped = true
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + (status & 0x7F)
    }

    func send(_ messages: [WireMessage]) {
        let bytes = messages.flatMap { FrameEncoder.frame($0) }
        _ = bytes.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
    }

    func closeInput() {
        close(input)
        input = -1
    }

    /// Takes in what has come.
    func read() throws {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = buffer.withUnsafeMutableBytes { Glibc.read(output, $0.baseAddress, $0.count) }
            guard count > 0 else { return }
            decoder.append(Array(buffer[..<count]))
            while let message = try decoder.next() { take(message) }
        }
    }

    private func take(_ message: WireMessage) {
        switch message {
        case .hello(let hello): hellos.append(hello)
        case .facts(_, let facts): self.facts = facts
        case .have(let from, let to): spans.append((from, to))
        case .define(let series): keys[series.index] = series.definition.key
        case .tick(let tick):
            ticks += 1
            for sample in tick.samples { if let key = keys[sample.index] { values[key] = sample.value } }
        case .past(let portion):
            past += portion.frames.count
            isPastOver = portion.isLast
            pastDecoder.append(portion.frames)
            while let message = (try? pastDecoder.next()) ?? nil {
                if case .tick = message { pastTicks += 1 }
            }
        default: break
        }
    }

    /// The sum over all series of a name.
    func sum(_ name: String) -> Double {
        values.filter { $0.key.name == name }.reduce(0) { $0 + $1.value }
    }

    func eventually(within seconds: Double = 30, _ condition: () -> Bool) throws -> Bool {
        try Eventually.holds(within: seconds) {
            try read()
            return condition()
        }
    }
}
