import Foundation

/// How long it takes from `martlet h1 h2 h3` to a Fleet screen with figures of all three, over real ssh to sshd on
/// loopback with the agent installed.
struct SSHBench {
    let martlet: String
    let agent: String

    private static let starts = 5
    private static let names = ["host1", "host2", "host3"]

    func rows() throws -> [Row] {
        guard let hosts = try SSHHosts(Self.names, agent: agent) else { return [] }
        let full = try (0..<Self.starts).map { _ in
            let world = try ScreenWorld()
            let screen = try world.start([martlet] + Self.names, environment: ["PATH": hosts.path])
            return ScreenRecord(screen.read(seconds: 6), since: screen.startedNanoseconds)
                .firstTime(Self.hasAllFigures)
        }
        return [
            Row(
                "martlet h1 h2 h3 over ssh to a Fleet full of figures", "martlet", "ms", median(full),
                goal: 2000)
        ]
    }

    /// Whether each host's row has a number behind its name, which is its CPU.
    private static func hasAllFigures(_ lines: [String]) -> Bool {
        names.allSatisfy { name in
            lines.contains { line in
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: Substring(name)), index + 1 < words.count else {
                    return false
                }
                return Double(words[index + 1]) != nil
            }
        }
    }
}
