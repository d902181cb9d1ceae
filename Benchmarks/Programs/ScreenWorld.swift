import Foundation
import TestSupport

/// Folders of their own for programs with a screen, and the end of everything that was started in them.
final class ScreenWorld {
    private let folder: TemporaryFolder
    private let mark: String

    init() throws {
        folder = try TemporaryFolder()
        mark = "MARTLET_BENCH_WORLD=\(folder.url.path)"
        for name in ["run", "state", "home", "config"] {
            try FileManager.default.createDirectory(
                atPath: "\(folder.url.path)/\(name)", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
    }

    deinit {
        for pid in ProcessTree.withEnvironment(mark) { kill(pid, SIGTERM) }
    }

    /// The program keeps its world.
    func start(_ command: [String], environment: [String: String] = [:]) throws -> Child {
        let root = folder.url.path
        return try Child(
            command, terminal: DashboardBench.size,
            environment: [
                "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", "HOME": "\(root)/home", "TMUX": "",
                "XDG_RUNTIME_DIR": "\(root)/run", "XDG_STATE_HOME": "\(root)/state",
                "XDG_CONFIG_HOME": "\(root)/config", "MARTLET_BENCH_WORLD": root,
            ].merging(environment) { _, new in new }, in: self)
    }

    func start(_ peer: ScreenPeer) throws -> Child {
        for (path, text) in peer.configuration {
            let file = folder.url.appending(path: "config/\(path)")
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try start(peer.command, environment: peer.environment)
    }
}

/// A full-screen monitor of others, refreshing once a second.
struct ScreenPeer {
    let name: String
    let command: [String]
    var environment: [String: String] = [:]
    /// Files below $XDG_CONFIG_HOME.
    var configuration: [String: String] = [:]
    var down = "\u{1B}[B"
    var up = "\u{1B}[A"

    static var installed: [ScreenPeer] {
        [
            // htop switches the cursor keys to what terminfo calls application mode.
            ScreenPeer(name: "htop", command: ["htop", "-d", "10"], down: "\u{1B}OB", up: "\u{1B}OA"),
            ScreenPeer(
                name: "btop", command: ["btop", "--utf-force"],
                configuration: ["btop/btop.conf": "update_ms = 1000\n"]),
            ScreenPeer(
                name: "nmon", command: ["nmon", "-s", "1"], environment: ["NMON": "cmdnt"], down: "k", up: "k"
            ),
        ].filter { Program.find($0.command[0]) != nil }
    }
}

/// What a terminal showed, and when.
struct ScreenRecord {
    private let chunks: [Child.Chunk]
    private let since: UInt64

    init(_ chunks: [Child.Chunk], since: UInt64) {
        self.chunks = chunks
        self.since = since
    }

    /// Milliseconds until the screen first held 80 % of the cells that it holds at the end.
    var firstPaint: Double {
        var last = 0
        replay {
            last = $0.filledCells; return false
        }
        return replay { Double($0.filledCells) >= 0.8 * Double(last) && last > 0 }
    }

    /// Milliseconds until the screen's lines first satisfied `condition`; NaN for never.
    func firstTime(_ condition: ([String]) -> Bool) -> Double {
        replay { condition($0.lines) }
    }

    @discardableResult
    private func replay(_ isReached: (VTParser) -> Bool) -> Double {
        var parser = VTParser(width: Int(DashboardBench.size.columns), height: Int(DashboardBench.size.rows))
        for chunk in chunks {
            parser.feed(chunk.bytes)
            if isReached(parser) { return Double(chunk.nanoseconds - since) / 1e6 }
        }
        return .nan
    }
}
