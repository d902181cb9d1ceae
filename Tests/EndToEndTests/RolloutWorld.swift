import Foundation
import Glibc
import TestSupport
import Testing

/// Three hosts behind an ssh that runs on this machine, each with a service whose version a deploy changes, and traffic on it.
///
/// A version that ends in `bad` fails a fifth of its requests. Each host keeps in `starts` what was started there.
final class RolloutWorld {
    let world: TemporaryFolder
    private let martlet: String
    private var hub: SpawnedProgram?
    private var traffic: SpawnedProgram?

    static let hosts = ["web1", "web2", "web3"]

    /// What is deployed by name; a batch of `web` bakes for as long as a test says.
    private static func rollouts(bake: String) -> String {
        """
        version: 1
        rollouts:
          web:
            about: New version of the web service
            where: role=web
            action: deploy-web
            params: [version]
            batches: [1, 100%]
            before: drain-web
            after: undrain-web
            health: {probe: web, version: "{version}", within: 60s, steady: 1s}
            bake: \(bake)
            gate:
              - http.error_ratio{service=web} < 2%
            gate_fails_after: 1
            min_requests: 10
            rollback: {action: rollback-web}
          steps:
            where: role=web
            action: note-web
            params: [what=step]
            batches: [1, 2, 100%]
            approve_after: 1
            on_failure: halt
            lock: web
            rollback: {action: rollback-web}
          closed:
            where: host=web1
            action: note-web
            params: [what=closed]
            on_failure: halt
            not_during: [Sun, Mon, Tue, Wed, Thu, Fri, Sat]
        """
    }

    init(bake: String = "3s") throws {
        martlet = try #require(Program.built("martlet"), "swift build leaves martlet beside the tests")
        let agent = try #require(Program.built("martlet-agent"))
        world = try TemporaryFolder()
        let root = world.url.path
        _ = World.variables(of: world)
        for host in Self.hosts { try Self.install(host, "\(root)/hosts/\(host)") }
        try Program.script(
            """
            case $1 in -G) exit 0 ;; -O) exit 255 ;; esac
            for word in "$@"; do last=$word; case $word in web[123]) host=$word ;; esac; done
            export STATE_DIRECTORY="\(root)/hosts/$host/state" MARTLET_CONFIG="\(root)/hosts/$host"
            case $last in *martlet-agent*) exec "\(agent)" stream ;; esac
            exit 255
            """, at: "\(root)/bin/ssh")
        try Program.script(
            """
            while :; do
              time=$(date '+%d/%b/%Y:%H:%M:%S %z')
              for host in \(Self.hosts.joined(separator: " ")); do
                read -r version <"\(root)/hosts/$host/version" || version=
                case $version in *bad) last=500 ;; *) last=200 ;; esac
                # At once, so that no reader sees a part of them.
                printf '10.0.0.1 - - [%s] "GET /shop HTTP/1.1" %s 12 "-" "x"\\n' \\
                  "$time" 200 "$time" 200 "$time" 200 "$time" 200 "$time" $last >>"\(root)/hosts/$host/access.log"
              done
              sleep 0.1
            done
            """, at: "\(root)/traffic.sh")
        let config = "\(root)/config"
        try FileManager.default.createDirectory(atPath: config, withIntermediateDirectories: true)
        try Data("version: 1\ngroups:\n  web: {tags: {role: web}, hosts: {\"web[1:3]\": }}\n".utf8)
            .write(to: URL(filePath: "\(config)/hosts.yaml"))
        try Data(Self.rollouts(bake: bake).utf8).write(to: URL(filePath: "\(config)/rollouts.yaml"))
    }

    deinit {
        hub?.end()
        traffic?.end()
        World.endHubs(of: world)
    }

    private static func install(_ host: String, _ folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/state", withIntermediateDirectories: true)
        for (name, lines) in [
            (
                "deploy.sh",
                "sleep 0.5; cat \(folder)/version >\(folder)/old; echo \"$1\" >\(folder)/version; echo \"deploy $1\" >>\(folder)/starts"
            ),
            ("rollback.sh", "cat \(folder)/old >\(folder)/version; echo rollback >>\(folder)/starts"),
            ("note.sh", "echo \"noted $1\"; echo \"$1\" >>\(folder)/starts"),
            ("probe.sh", "cat \(folder)/version"),
        ] { try Program.script(lines, at: "\(folder)/\(name)") }
        for (name, text) in [
            ("version", "4.11.0\n"), ("old", "4.11.0\n"), ("access.log", ""), ("starts", ""),
        ] {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
        }
        let configuration = """
            [agent]
            discover = no
            audit = none
            [log web]
            path = \(folder)/access.log
            format = nginx
            [probe web]
            run = \(folder)/probe.sh
            every = 1s
            version = line
            [action deploy-web]
            about = Deploy
            run = \(folder)/deploy.sh {version}
            param.version = version
            [action rollback-web]
            about = Back to the old version
            run = \(folder)/rollback.sh
            [action drain-web]
            about = Out of traffic
            run = \(folder)/note.sh drain
            [action undrain-web]
            about = Back into traffic
            run = \(folder)/note.sh undrain
            [action note-web]
            about = Note a word
            run = \(folder)/note.sh {what}
            param.what = word
            """
        try Data(configuration.utf8).write(to: URL(filePath: "\(folder)/agent.conf"))
        chmod("\(folder)/agent.conf", 0o600)
    }

    // MARK: What tests do

    private var environment: [String: String] {
        World.variables(of: world).merging(
            [
                "MARTLET_CONFIG": world.url.appending(path: "config").path, "MARTLET_ACTOR": "marta",
                "TZ": "UTC",
            ]
        ) { $1 }
    }

    /// Starts a hub, and waits until it has all hosts.
    func startHub() throws {
        hub = try SpawnedProgram(
            [martlet, "hub"], environment: environment, log: world.url.appending(path: "hub.out").path)
        let isThere = Eventually.holds(within: 60) {
            let list = (try? self.run(["hosts", "-o", "csv"]).output) ?? ""
            return list.components(separatedBy: ",live,").count == Self.hosts.count + 1
        }
        #expect(isThere, "\(hubLog)")
    }

    /// As a machine that loses its power.
    func killHub() {
        guard let hub else { return }
        kill(hub.pid, SIGKILL)
        hub.end()
        self.hub = nil
    }

    func startTraffic() throws {
        traffic = try SpawnedProgram(
            [world.url.appending(path: "traffic.sh").path], environment: environment, log: "/dev/null")
    }

    /// A terminal with a shell in which `$martlet` is the program; nil where tmux is not installed.
    func terminal(columns: Int = 160, rows: Int = 50) throws -> TmuxSession? {
        try TmuxSession(
            columns: columns, rows: rows, environment: environment.merging(["martlet": martlet]) { $1 },
            world: world)
    }

    /// A dashboard on the Deploys screen, in a terminal of its own; nil where tmux is not installed. Its hub is one of its
    /// session, where none was started.
    func dashboard(columns: Int = 120, rows: Int = 36) throws -> TmuxSession? {
        guard let session = try terminal(columns: columns, rows: rows) else { return nil }
        try session.line("\"$martlet\"")
        try session.expect("LIVE", within: 60)
        try session.type("6")
        return session
    }

    /// `web` can be planned once the hub has heard of each host's probe.
    func canPlanWeb() throws -> Bool {
        try Eventually.holds(within: 60) {
            try run(["rollout", "plan", "web", "--version", "0"]).status == 0
        }
    }

    /// Starts `web` once the hub has heard of each host's probe; its id.
    func start(_ version: String, reason: String) throws -> String {
        #expect(try canPlanWeb(), "its plan says what is missing")
        let started = try run(["rollout", "start", "web", "--version", version, "--reason", reason, "-y"])
        #expect(started.status == 0, "\(started)")
        return started.output.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    func run(_ words: [String], seconds: Double = 90) throws -> Program.Result {
        try Program.run(martlet, words, environment: environment, seconds: seconds)
    }

    /// Runs beside the test; what it prints goes to the file `log`.
    func spawn(_ words: [String], log: String) throws -> SpawnedProgram {
        try SpawnedProgram(
            [martlet] + words, environment: environment, log: world.url.appending(path: log).path)
    }

    func text(_ path: String) -> String {
        (try? String(contentsOf: world.url.appending(path: path), encoding: .utf8)) ?? ""
    }

    /// What was started on a host, in order.
    func starts(_ host: String) -> [String] {
        text("hosts/\(host)/starts").split(separator: "\n").map(String.init)
    }

    func version(_ host: String) -> String {
        text("hosts/\(host)/version").trimmingCharacters(in: .whitespacesAndNewlines)
    }

    var hubLog: String { text("hub.out") }

    /// The state of the newest rollout of a name, as `status -o json` has it.
    func state(_ name: String) -> String {
        let status = (try? run(["rollout", "status", name, "-o", "json"]).output) ?? ""
        return status.firstMatch(of: /"state":"([a-z_]+)"/).map { String($0.1) } ?? ""
    }

    func comes(_ name: String, to state: String, within seconds: Double = 40) -> Bool {
        Eventually.holds(within: seconds) { self.state(name) == state }
    }
}
