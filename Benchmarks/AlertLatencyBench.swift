import Foundation
import TestSupport

/// From a threshold that is crossed to the hook's process: a real agent, hub and hook, a sample a second and no `for`.
/// Crossings come at random moments, so half a second is the sampling itself. Peers cross in the same minutes.
struct AlertLatencyBench {
    let programs: String

    private static let crossings = 100
    /// As many logs with a rule and a hook each, so that a hundred crossings take two minutes.
    private static let lanes = 5

    func rows() throws -> [Row] {
        let folder = try TemporaryFolder()
        let ours = (0..<Self.lanes).map { number in
            CrossingLane(
                "martlet", seed: UInt64(number), stamps: folder.url.path + "/config/martlet/times\(number)",
                settleSeconds: 3.5,
                cross: {
                    Self.append("2030-01-02T03:04:05Z INFO CROSS\n", to: folder.url.path + "/log\(number)")
                })
        }
        let hub = try startHub(folder.url)
        let peers = try AlertPeers(folder.url)
        defer {
            hub.end()
            peers.end()
        }
        // The first crossings show that it works; the others count.
        CrossingLane.run(ours + peers.lanes, first: ours.count, times: 2)
        for lane in ours + peers.lanes { try lane.forget() }
        CrossingLane.run(ours + peers.lanes, first: ours.count, times: Self.crossings / Self.lanes)
        let what = "threshold crossed to hook started"
        let found = ours.flatMap(\.milliseconds)
        return [
            Row("\(what), median", "martlet", "ms", median(found), goal: 540),
            Row("\(what), longest of \(found.count)", "martlet", "ms", found.max() ?? .nan, goal: 1050),
            Row("\(what), missed", "martlet", "", Double(ours.reduce(0) { $0 + $1.missed }), goal: 0),
        ]
            + peers.lanes.flatMap { lane in
                [
                    Row("\(what), median", lane.name, "ms", median(lane.milliseconds)),
                    Row(
                        "\(what), longest of \(lane.milliseconds.count)", lane.name, "ms",
                        lane.milliseconds.max() ?? .nan),
                ]
            }
    }

    private func startHub(_ folder: URL) throws -> Child {
        let configuration = folder.appending(path: "config/martlet")
        for name in ["config/martlet", "run", "state"] {
            try FileManager.default.createDirectory(
                at: folder.appending(path: name), withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        var agent = "[agent]\n"
        var rules = "version: 1\nshipped: no\nhooks:\n"
        for number in 0..<Self.lanes {
            let log = folder.appending(path: "log\(number)")
            try Data().write(to: log)
            agent +=
                "[log lane\(number)]\npath = \(log.path)\nformat = application\nstart = end\nmatch.cross = CROSS\n"
            rules += "  note\(number): {shell: 'date +%s.%N >> times\(number)', gather: 0s, send: [firing]}\n"
        }
        rules += "alerts:\n"
        for number in 0..<Self.lanes {
            rules +=
                "  - {name: Crossed\(number), when: 'log.matches(2s){match=cross} > 0', "
                + "where: service=lane\(number), clear_for: 0s, severity: critical, notify: [note\(number)]}\n"
        }
        for (name, text) in [("agent.conf", agent), ("rules.yaml", rules)] {
            let file = configuration.appending(path: name)
            try Data(text.utf8).write(to: file)
            chmod(file.path, 0o600)
        }
        let root = URL(filePath: programs).standardizedFileURL.path
        return try Child(
            ["\(root)/martlet", "hub"],
            environment: [
                "XDG_CONFIG_HOME": folder.path + "/config", "XDG_RUNTIME_DIR": folder.path + "/run",
                "XDG_STATE_HOME": folder.path + "/state", "HOME": folder.path,
                "PATH": "\(root):\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin")",
            ])
    }

    private static func append(_ text: String, to path: String) {
        guard let file = FileHandle(forWritingAtPath: path) else { return }
        _ = try? file.seekToEnd()
        try? file.write(contentsOf: Data(text.utf8))
        try? file.close()
    }
}
