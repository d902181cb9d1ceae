import Foundation
import TestSupport

/// Three hosts on this machine behind a stand-in for ssh, each with a configuration, a version and a log of its own, and
/// requests that never stop; of those to a host that runs version 6.6.6 a fifth fails.
final class BadVersionWorld {
    static let bad = "6.6.6"
    static let hosts = ["web1", "web2", "web3"]
    let folder: TemporaryFolder
    private let martlet: String

    init(martlet: String, agent: String) throws {
        self.martlet = martlet
        folder = try TemporaryFolder()
        _ = World.variables(of: folder)
        try script(
            "bin/ssh",
            """
            case $1 in -G) exit 0 ;; -O) exit 255 ;; esac
            for word in "$@"; do host=$last; last=$word; done
            home="\(path("hosts"))/$host"
            unset MARTLET_CONFIG
            export HOME="$home" XDG_CONFIG_HOME="$home/.config" XDG_STATE_HOME="$home/state" XDG_RUNTIME_DIR="$home/run" STATE_DIRECTORY="$home/state"
            case $last in *martlet-agent*) exec "\(agent)" stream ;; esac
            exit 1
            """)
        for host in Self.hosts { try make(host) }
        try write("config/hosts.yaml", "version: 1\nhosts: {web1: , web2: , web3: }\n")
        try write("config/rollouts.yaml", Self.rollouts)
        try script(
            "traffic.sh",
            """
            while [ -e "\(path("traffic.on"))" ]; do
                for host in web1 web2 web3; do
                    status=200
                    [ "$(cat "\(path("hosts"))/$host/version")" = \(Self.bad) ] && status=500
                    now=$(date -u '+%d/%b/%Y:%H:%M:%S +0000')
                    for code in 200 200 200 200 $status; do
                        echo "192.0.2.7 - - [$now] \\"GET /cart HTTP/1.1\\" $code 5 \\"-\\" \\"-\\""
                    done >>"\(path("hosts"))/$host/access.log"
                done
                sleep 0.2
            done
            """)
        try write("traffic.on", "")
    }

    private static let rollouts = """
        version: 1
        rollouts:
          web:
            about: New version of the web service
            where: host=web*
            action: deploy-web
            params: [version]
            batches: [1, 100%]
            health: {probe: web, version: "{version}", within: 30s, steady: 1s}
            bake: 15s
            gate: ["http.error_ratio{service=shop} < 5%"]
            gate_fails_after: 1
            min_requests: 20
            rollback: {action: rollback-web}

        """

    private func make(_ host: String) throws {
        let home = path("hosts/\(host)")
        for folder in ["state", "run"] {
            try FileManager.default.createDirectory(
                atPath: "\(home)/\(folder)", withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700])
        }
        try write("hosts/\(host)/version", "1.0\n")
        try write("hosts/\(host)/access.log", "")
        try script(
            "hosts/\(host)/deploy.sh",
            "echo \"fetching $1\"; cp \(home)/version \(home)/before; echo \"$1\" >\(home)/version; echo \"\(host) runs $1\""
        )
        try script("hosts/\(host)/rollback.sh", "cp \(home)/before \(home)/version; cat \(home)/version")
        try script("hosts/\(host)/probe.sh", "cat \(home)/version")
        try write(
            "hosts/\(host)/.config/martlet/agent.conf",
            """
            [agent]
            discover = no
            audit = none
            [log shop]
            path = \(home)/access.log
            [probe web]
            run = \(home)/probe.sh
            version = line
            every = 1s
            [action deploy-web]
            about = Put a version in place
            run = \(home)/deploy.sh {version}
            param.version = version
            [action rollback-web]
            about = Put the version before in place again
            run = \(home)/rollback.sh

            """)
        chmod("\(home)/.config/martlet/agent.conf", 0o600)
    }

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    private func write(_ name: String, _ text: String) throws {
        let file = URL(filePath: path(name))
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
    }

    /// Written by another process: a fork of another test's may hold what this one writes, and then it could not be run.
    private func script(_ name: String, _ text: String) throws {
        let file = path(name)
        let made = try Program.run(
            "/bin/sh", ["-c", "mkdir -p \"$(dirname \"$0\")\" && cat >\"$0\" && chmod 755 \"$0\"", file],
            input: Data("#!/bin/sh\n\(text)\n".utf8))
        guard made.status == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    // MARK: What a test does

    var environment: [String: String] {
        World.variables(of: folder).merging(["MARTLET_CONFIG": path("config"), "MARTLET_ACTOR": "marta"]) {
            $1
        }
    }

    func martlet(_ words: String..., seconds: Double = 60) throws -> Program.Result {
        try Program.run(martlet, words, environment: environment, seconds: seconds)
    }

    /// Starts the rollout once the hub has heard of each host's probe; its id.
    func start(_ version: String, reason: String = "") throws -> String {
        let isReady = try Eventually.holds(within: 60) {
            try martlet("rollout", "plan", "web", "--version", version).status == 0
        }
        let started = try martlet(
            "rollout", "start", "web", "--version", version, "--reason", reason, "-y")
        guard isReady, started.status == 0 else { throw StartError(result: started) }
        return started.output.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    private struct StartError: Error {
        let result: Program.Result
    }

    /// A dashboard on the Deploys screen, in a terminal of its own.
    func dashboard(columns: Int = 120, rows: Int = 36) throws -> TmuxSession? {
        guard
            let session = try TmuxSession(
                columns: columns, rows: rows, environment: environment, world: folder)
        else { return nil }
        guard try session.shows("ready>") else { return nil }
        try session.line("\(martlet)")
        guard try session.shows("LIVE", within: 60) else { return nil }
        try session.type("6")
        return session
    }

    func version(of host: String) -> String {
        ((try? String(contentsOfFile: path("hosts/\(host)/version"), encoding: .utf8)) ?? "")
            .trimmingCharacters(in: .newlines)
    }

    /// Requests until the returned process is ended.
    func traffic() throws -> Process {
        let process = Process()
        process.executableURL = URL(filePath: path("traffic.sh"))
        process.environment = environment
        try process.run()
        return process
    }

    func end(_ traffic: Process) {
        try? FileManager.default.removeItem(atPath: path("traffic.on"))
        traffic.waitUntilExit()
        World.endHubs(of: folder)
    }
}
