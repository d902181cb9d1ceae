import CLinux
import Foundation
import Glibc
import Telemetry
import TestSupport
import Wire

/// From an order in the agent's hands to its script running, with the ledger on the disk in between.
struct ActionBench {
    let agent: String

    private static let orders = 200

    func rows() throws -> [Row] {
        let folder = try TemporaryFolder()
        let configuration = folder.url.appending(path: "agent.conf")
        try Data("[agent]\naudit = none\n[action look]\nabout = x\nrun = /bin/true\n".utf8).write(
            to: configuration)
        chmod(configuration.path, 0o600)
        let words = [
            agent, "stream", "--no-discover", "--processes", "0", "--config", configuration.path, "--state",
            folder.url.appending(path: "state").path,
        ]
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var ends: [Int32] = [-1, -1, -1]
        let pid = clinux_spawn(&argv, &ends)
        guard pid > 0 else { throw BenchError("\(agent) cannot be started (errno \(-pid))") }
        defer {
            kill(pid, SIGTERM)
            waitpid(pid, nil, 0)
            ends.forEach { close($0) }
        }
        var link = Link(input: ends[0], output: ends[1])
        try link.write(.hello(Hello(program: "bench", programVersion: "0", host: "", nonce: 1)))
        var started: [Double] = []
        var ended: [Double] = []
        for number in 1...Self.orders {
            // A hub that makes more than 100 requests a second is closed.
            usleep(12_000)
            let text = String(number, radix: 16)
            let id = String(repeating: "0", count: 32 - text.count) + text
            let order = Order(
                id: id, action: "look", parameters: [:], sequence: UInt64(number),
                notAfter: Timestamp(milliseconds: 60_000), hub: "00000000000000aa")
            let began = Child.now()
            try link.write(.order(order))
            while let report = try link.report() {
                let milliseconds = Double(Child.now() - began) / 1e6
                if report.state == .started { started.append(milliseconds) }
                guard report.state == .accepted || report.state == .started else {
                    guard report.state == .ended else { throw BenchError("an order was \(report.text)") }
                    ended.append(milliseconds)
                    break
                }
            }
        }
        return [
            Row("order to script running, p50", "martlet-agent", "ms", median(started)),
            Row(
                "order to script running, p99 of \(Self.orders)", "martlet-agent", "ms",
                quantile(started, 0.99), goal: 20),
            Row("order to result of /bin/true, p50", "martlet-agent", "ms", median(ended)),
        ]
    }

    /// The hub's end of the agent's pipes.
    private struct Link {
        let input: Int32
        let output: Int32
        private var decoder = FrameDecoder()

        init(input: Int32, output: Int32) {
            self.input = input
            self.output = output
        }

        func write(_ message: WireMessage) throws {
            let bytes = FrameEncoder.frame(message)
            guard Glibc.write(input, bytes, bytes.count) == bytes.count else {
                throw BenchError("the agent takes nothing (errno \(errno))")
            }
        }

        /// The next report; ticks are passed over.
        mutating func report() throws -> Wire.Report? {
            var buffer = [UInt8](repeating: 0, count: 65_536)
            while true {
                while let message = try decoder.next() {
                    if case .report(let report) = message { return report }
                }
                let count = read(output, &buffer, buffer.count)
                guard count > 0 else { throw BenchError("the agent is gone") }
                decoder.append(Array(buffer[..<count]))
            }
        }
    }
}
