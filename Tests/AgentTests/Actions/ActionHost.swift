import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

/// A host of a test: a folder with agent.conf, scripts and state, and the real agent's couriers.
struct ActionHost {
    let folder: TemporaryFolder
    var agent: String
    /// The words before the courier's own: whom and where it runs as.
    var prefix: [String] = []

    static let hub = "0123456789abcdef"

    init() throws {
        folder = try TemporaryFolder()
        agent = try #require(Program.built("martlet-agent"))
    }

    var configuration: String { folder.url.appending(path: "agent.conf").path }
    var state: String { folder.url.appending(path: "state").path }

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    func configure(_ text: String) throws {
        try Data(text.replacing("$/", with: folder.url.path + "/").utf8).write(
            to: URL(filePath: configuration))
        chmod(configuration, 0o600)
    }

    func script(_ name: String, _ text: String) throws {
        try Program.script(text.replacing("$HERE", with: folder.url.path), at: path(name))
    }

    func text(_ name: String) -> String {
        (try? String(contentsOfFile: path(name), encoding: .utf8)) ?? ""
    }

    func order(
        _ action: String, _ parameters: Labels = [:], id: String = ActionHost.newID(), sequence: UInt64,
        notAfter: Int64 = 60_000, fence: UInt64 = 0
    ) -> Order {
        Order(
            id: id, action: action, parameters: parameters, sequence: sequence, fence: fence,
            notAfter: Timestamp(milliseconds: 1_000_000 + notAfter), actor: ["uid": "7"], hub: Self.hub,
            sentAt: Timestamp(milliseconds: 1_000_000))
    }

    static func newID() -> String {
        (0..<2).map { _ in
            let text = String(UInt64.random(in: 0 ... .max), radix: 16)
            return String(repeating: "0", count: 16 - text.count) + text
        }.joined()
    }

    struct Answer {
        var reports: [Report] = []
        var output: [UInt8] = []
        /// Where a part did not begin where the one before ended.
        var gaps = 0
        private var end: UInt64 = 0

        var last: Report? { reports.last }
        var states: [Report.State] { reports.map(\.state) }
        var text: String { String(decoding: output, as: UTF8.self) }

        mutating func take(_ bytes: [UInt8]) {
            var decoder = FrameDecoder()
            decoder.append(bytes)
            while let message = try? decoder.next() {
                switch message {
                case .report(let report): reports.append(report)
                case .output(let part):
                    if part.offset != end { gaps += 1 }
                    end = part.offset + UInt64(part.bytes.count)
                    output += part.bytes
                default: Issue.record("a courier said \(message.name)")
                }
            }
            #expect(decoder.waitingBytes == 0)
        }
    }

    /// Gives an order to a courier and waits for all that it says.
    func run(_ order: Order, seconds: Double = 60) throws -> Answer {
        let (input, output) = (path("order-\(ActionHost.newID())"), path("answer-\(ActionHost.newID())"))
        try Data(FrameEncoder.frame(.order(order))).write(to: URL(filePath: input))
        let result = try Program.run(
            "/bin/sh",
            ["-c", "i=$1 o=$2; shift 2; exec \"$@\" < \"$i\" > \"$o\"", "sh", input, output] + prefix
                + [agent, "order", configuration, state], seconds: seconds)
        #expect(result.status == 0, "\(result.errors)")
        var answer = Answer()
        answer.take(Array(try Data(contentsOf: URL(filePath: output))))
        return answer
    }

    /// Starts a courier and leaves it; its pid.
    func start(_ order: Order) throws -> pid_t {
        let input = path("order-\(ActionHost.newID())")
        try Data(FrameEncoder.frame(.order(order))).write(to: URL(filePath: input))
        let words = [agent, "order", configuration, state]
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { argv.forEach { free($0) } }
        var pid: pid_t = 0
        #expect(posix_spawn(&pid, agent, &actions, nil, &argv, environ) == 0)
        return pid
    }

    /// Processes in whose environment the order's id is.
    func processes(of id: String) -> [pid_t] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { pid_t($0) }.filter { pid in
            let text = (try? Data(contentsOf: URL(filePath: "/proc/\(pid)/environ"))) ?? Data()
            return String(decoding: text, as: UTF8.self).contains("MARTLET_ACTION_ID=\(id)")
        }
    }
}
