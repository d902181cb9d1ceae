import Foundation
import TestSupport
import Testing

/// A terminal of a given size, kept by a tmux server of its own, with a world of its own: temporary
/// home, state and runtime folders, so that a test's hub is nobody else's.
final class TmuxSession {
    let world: TemporaryFolder
    private let tmux: String
    private let socket: String

    /// Returns once its shell shows `ready>`; nil, after saying so, where tmux is not installed.
    init?(
        columns: Int = 120, rows: Int = 36, environment: [String: String] = [:], world: TemporaryFolder? = nil
    ) throws {
        guard let tmux = Program.find("tmux") else {
            print("skipped: no tmux here; make test-deps installs it")
            return nil
        }
        self.tmux = tmux
        self.world = try world ?? TemporaryFolder()
        socket = "martlet-test-\(UUID().uuidString)"
        let variables = World.variables(of: self.world).merging(environment) { _, new in new }
        // -f /dev/null: no settings of the user's; a plain sh, whose prompt the test knows.
        let shell = ["env"] + variables.map { "\($0.key)=\($0.value)" } + ["PS1=ready> ", "sh"]
        _ = try run(
            ["-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", "\(columns)", "-y", "\(rows)"] + shell)
        _ = try run(["set-option", "-g", "status", "off"])
        try resize(columns: columns, rows: rows)
        try expect("ready>")
    }

    deinit {
        _ = try? run(["kill-server"])
        World.endHubs(of: world)
    }

    /// Types words and tmux key names (`Enter`, `C-c`, `Escape`).
    func type(_ keys: String...) throws {
        _ = try run(["send-keys", "-t", "t"] + keys)
    }

    /// Types a text as it stands and presses enter.
    func line(_ text: String) throws {
        _ = try run(["send-keys", "-t", "t", "-l", text])
        try type("Enter")
    }

    /// Pastes a text as a terminal does, in brackets where the program asked for them.
    func paste(_ text: String) throws {
        _ = try run(["set-buffer", "--", text])
        _ = try run(["paste-buffer", "-p", "-t", "t"])
    }

    func resize(columns: Int, rows: Int) throws {
        _ = try run(["resize-window", "-t", "t", "-x", "\(columns)", "-y", "\(rows)"])
    }

    /// What the terminal shows now.
    func screen() throws -> String {
        try run(["capture-pane", "-p", "-t", "t"]).output
    }

    /// Whether the screen comes to hold `text` within the deadline.
    func shows(_ text: String, within seconds: Double = 30) throws -> Bool {
        try Eventually.holds(within: seconds) { try screen().contains(text) }
    }

    /// Records what the terminal shows instead, where it does not come to show `text`, or not so many times: a prompt is
    /// there from before, and the next one comes when the shell has the terminal again.
    func expect(
        _ text: String, times: Int = 1, within seconds: Double = 30,
        location: SourceLocation = #_sourceLocation
    ) throws {
        let isShown = try Eventually.holds(within: seconds) {
            try screen().components(separatedBy: text).count > times
        }
        let found = try screen()
        #expect(isShown, "\(text) is not on the screen:\n\(found)", sourceLocation: location)
    }

    private func run(_ arguments: [String]) throws -> Program.Result {
        try Program.run(tmux, ["-L", socket] + arguments)
    }
}

/// The folders and programs that a test's martlet sees.
enum World {
    static func variables(of world: TemporaryFolder) -> [String: String] {
        let root = world.url.path
        for folder in ["home", "run", "state", "bin"] {
            try? FileManager.default.createDirectory(
                atPath: "\(root)/\(folder)", withIntermediateDirectories: true)
        }
        try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: "\(root)/run")
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        return [
            "HOME": "\(root)/home", "XDG_RUNTIME_DIR": "\(root)/run", "XDG_STATE_HOME": "\(root)/state",
            // Else root's agents are all this machine's one, with its locks.
            "STATE_DIRECTORY": "\(root)/agent",
            "PATH": "\(root)/bin:\(path)", "LC_ALL": "C.UTF-8", "MARTLET_TEST_WORLD": root,
        ]
    }

    /// Ends what a test's dashboards left running, found by the world's own variable.
    static func endHubs(of world: TemporaryFolder) {
        for pid in processes(of: world) where pid != getpid() { kill(pid, SIGTERM) }
        _ = Eventually.holds(within: 5) { processes(of: world).allSatisfy { $0 == getpid() } }
        for pid in processes(of: world) where pid != getpid() { kill(pid, SIGKILL) }
    }

    static func dashboards(of world: TemporaryFolder) -> [Int32] {
        processes(of: world).filter { isMartlet($0) && !isHub($0) }
    }

    static func hubs(of world: TemporaryFolder) -> [Int32] { processes(of: world).filter(isHub) }

    private static func isMartlet(_ pid: Int32) -> Bool { words(pid).first?.hasSuffix("/martlet") == true }

    private static func isHub(_ pid: Int32) -> Bool { words(pid).dropFirst().first == "hub" }

    private static func words(_ pid: Int32) -> [String] {
        (FileManager.default.contents(atPath: "/proc/\(pid)/cmdline") ?? Data()).split(separator: 0)
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The processes whose environment names this world.
    static func processes(of world: TemporaryFolder) -> [Int32] {
        let mark = "MARTLET_TEST_WORLD=\(world.url.path)"
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap {
            Int32($0)
        }
        .filter { pid in
            guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else {
                return false
            }
            return data.split(separator: 0).contains { String(decoding: $0, as: UTF8.self) == mark }
        }
    }
}
