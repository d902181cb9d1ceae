import Foundation
import Glibc
import TestSupport

/// How long it takes from `martlet h1 h2 h3` to a Fleet screen with figures of all three, over real ssh to sshd on
/// loopback with the agent installed.
struct SSHBench {
    let martlet: String
    let agent: String

    private static let starts = 5
    private static let names = ["host1", "host2", "host3"]

    func rows() throws -> [Row] {
        guard let sshd = Program.find("sshd"), let ssh = Program.find("ssh"),
            let keygen = Program.find("ssh-keygen")
        else { return [] }
        let hosts = try Hosts(Self.names, agent: agent, sshd: sshd, ssh: ssh, keygen: keygen)
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

    /// One sshd for each host, and an ssh that knows them.
    private final class Hosts {
        private let folder: TemporaryFolder
        private var servers: [Child] = []

        var path: String {
            "\(folder.url.path)/bin:\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin")"
        }

        init(_ names: [String], agent: String, sshd: String, ssh: String, keygen: String) throws {
            folder = try TemporaryFolder()
            let root = folder.url.path
            if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
            try FileManager.default.createDirectory(
                atPath: "\(root)/bin", withIntermediateDirectories: true)
            let absolute = URL(filePath: agent).standardizedFileURL.path
            try FileManager.default.createSymbolicLink(
                atPath: "\(root)/bin/martlet-agent", withDestinationPath: absolute)
            for key in ["id", "host"] {
                _ = try Program.run(
                    keygen, ["-q", "-t", "ed25519", "-N", "", "-f", "\(root)/\(key)"])
            }
            var client = ""
            for (index, name) in names.enumerated() {
                let port = 20_000 + Int(getpid()) % 20_000 + index
                let server = """
                    ListenAddress 127.0.0.1:\(port)
                    HostKey \(root)/host
                    AuthorizedKeysFile \(root)/id.pub
                    PidFile none
                    StrictModes no
                    UsePAM no
                    SetEnv HOME=\(root) PATH=/usr/bin:/bin

                    """
                try server.write(toFile: "\(root)/\(name).conf", atomically: true, encoding: .utf8)
                servers.append(try Child([sshd, "-D", "-f", "\(root)/\(name).conf"]))
                client += """
                    Host \(name)
                      HostName 127.0.0.1
                      Port \(port)
                      IdentityFile \(root)/id
                      IdentitiesOnly yes
                      StrictHostKeyChecking no
                      UserKnownHostsFile /dev/null

                    """
            }
            try client.write(toFile: "\(root)/ssh_config", atomically: true, encoding: .utf8)
            try "#!/bin/sh\nexec \(ssh) -F '\(root)/ssh_config' \"$@\"\n".write(
                toFile: "\(root)/bin/ssh", atomically: true, encoding: .utf8)
            chmod("\(root)/bin/ssh", 0o755)
        }
    }
}
