import Foundation
import Glibc
import TestSupport

/// One action on twenty hosts over real ssh to sshd on loopback: from the command to all results in.
///
/// Martlet's hub is connected already, which is how it is used; beside it ssh over connections that are open already
/// (ControlMaster), and the tools that connect anew each time where they are installed.
struct OrderBench {
    let martlet: String
    let agent: String

    private static let hosts = 20
    private static let rounds = 15
    private static let configuration = """
        [agent]
        discover = no
        processes = 0
        audit = none
        [action look]
        about = Nothing
        run = /bin/true
        danger = look

        """

    func rows() throws -> [Row] {
        let names = (1...Self.hosts).map { "host\($0)" }
        guard let hosts = try SSHHosts(names, agent: agent, agentConfiguration: Self.configuration) else {
            return []
        }
        return try martletRows(hosts, names) + masterRows(hosts, names) + parallelRows(hosts, names)
    }

    private static let what = "one action on \(hosts) hosts over ssh, all results in"

    private func martletRows(_ hosts: SSHHosts, _ names: [String]) throws -> [Row] {
        var environment = ["PATH": hosts.path, "HOME": try hosts.folder("home")]
        for (variable, name) in [
            ("XDG_RUNTIME_DIR", "run"), ("XDG_STATE_HOME", "state"), ("XDG_CONFIG_HOME", "config"),
        ] {
            environment[variable] = try hosts.folder(name)
        }
        let hub = try Child([martlet, "hub"] + names, environment: environment)
        defer { hub.end() }
        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let program = URL(filePath: martlet).standardizedFileURL.path
        let isConnected = Eventually.holds(within: 60) {
            let list =
                (try? Program.run(
                    program, ["action", "list", "host=host*", "-o", "csv"], environment: variables
                ).output)
                ?? ""
            return list.split(whereSeparator: \.isNewline).count { $0.contains(",look,") } == Self.hosts
        }
        guard isConnected else {
            throw BenchError("not all \(Self.hosts) hosts were connected within a minute")
        }
        let took = try Self.measure {
            let run = try Child(
                [martlet, "action", "run", "look", "host=host*", "-o", "csv"], environment: environment
            )
            .finish()
            let count = run.output.split(whereSeparator: \.isNewline).count { $0.contains(",succeeded") }
            guard run.status == 0, count == Self.hosts else {
                throw BenchError("\(count) of \(Self.hosts) succeeded")
            }
        }
        return [
            Row(Self.what, "martlet action run, connected", "ms", median(took), goal: 100),
            Row(
                Self.what + ", worst of \(Self.rounds)", "martlet action run, connected", "ms",
                took.max() ?? .nan),
        ]
    }

    /// A connection that is open to each host, and one `ssh` each that rides on it.
    private func masterRows(_ hosts: SSHHosts, _ names: [String]) throws -> [Row] {
        let control = "\(try hosts.folder("control"))/%n"
        let ssh = "ssh -F '\(hosts.configuration)' -o ControlPath='\(control)'"
        let all = names.joined(separator: " ")
        let opened = try Self.shell(
            "for h in \(all); do \(ssh) -o ControlMaster=yes -o ControlPersist=yes -Nf $h || exit 1; done")
        defer { _ = try? Self.shell("for h in \(all); do \(ssh) -O exit $h 2>/dev/null; done") }
        guard opened == 0 else { return [] }
        let took = try Self.measure {
            guard try Self.shell("for h in \(all); do \(ssh) $h true </dev/null & done; wait") == 0 else {
                throw BenchError("ssh over a master failed")
            }
        }
        return [Row(Self.what, "ssh, ControlMaster", "ms", median(took))]
    }

    private func parallelRows(_ hosts: SSHHosts, _ names: [String]) throws -> [Row] {
        var rows: [Row] = []
        let list = "\(try hosts.folder("peers"))/hosts"
        try names.joined(separator: "\n").appending("\n").write(
            toFile: list, atomically: true, encoding: .utf8)
        if let parallel = Program.find("parallel-ssh") ?? Program.find("pssh") {
            let words = "PATH='\(hosts.path)' \(parallel) -p \(Self.hosts) -h '\(list)' true >/dev/null"
            let took = try Self.measure(rounds: 3) { _ = try Self.shell(words) }
            rows.append(Row(Self.what, "parallel-ssh", "ms", median(took)))
        }
        if let ansible = Program.find("ansible") {
            let words =
                "ANSIBLE_SSH_ARGS=\"-F '\(hosts.configuration)'\" ANSIBLE_PIPELINING=1 \(ansible) all -f \(Self.hosts) "
                + "-i '\(list)' -m command -a true >/dev/null"
            let took = try Self.measure(rounds: 3) { _ = try Self.shell(words) }
            rows.append(Row(Self.what, "ansible, pipelined", "ms", median(took)))
        }
        return rows
    }

    private static func shell(_ script: String) throws -> Int32 {
        try Child(["/bin/sh", "-c", script]).finish().status
    }

    /// Milliseconds of each round, behind one that warms up.
    private static func measure(rounds: Int = Self.rounds, _ body: () throws -> Void) throws -> [Double] {
        try body()
        return try (0..<rounds).map { _ in
            let began = Child.now()
            try body()
            return Double(Child.now() - began) / 1e6
        }
    }
}
