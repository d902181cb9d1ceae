import Foundation
import Glibc
import TestSupport

/// One sshd on a loopback port for each host, with a home of its own and the agent in it, and an `ssh` that knows them.
final class SSHHosts {
    /// Its words begin with the folder of that `ssh`.
    let path: String
    /// What `ssh -F` takes, for those who call it themselves.
    let configuration: String
    private let folder: TemporaryFolder
    private var servers: [Child] = []

    /// `agentConfiguration` is each host's agent.conf; nil where there is no sshd here.
    init?(_ names: [String], agent: String, agentConfiguration: String = "") throws {
        guard let sshd = Program.find("sshd"), let ssh = Program.find("ssh"),
            let keygen = Program.find("ssh-keygen")
        else { return nil }
        folder = try TemporaryFolder()
        let root = folder.url.path
        path = "\(root)/bin:\(ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin")"
        configuration = "\(root)/ssh_config"
        if geteuid() == 0 { mkdir("/run/sshd", 0o755) }
        for key in ["id", "host"] {
            _ = try Program.run(keygen, ["-q", "-t", "ed25519", "-N", "", "-f", "\(root)/\(key)"])
        }
        let absolute = URL(filePath: agent).standardizedFileURL.path
        var client = ""
        for (index, name) in names.enumerated() {
            let home = "\(root)/\(name)"
            try Self.write(agentConfiguration, to: "\(home)/.config/martlet/agent.conf", mode: 0o600)
            try FileManager.default.createDirectory(atPath: "\(home)/bin", withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(
                atPath: "\(home)/bin/martlet-agent", withDestinationPath: absolute)
            let port = 20_000 + Int(getpid()) % 20_000 + index
            let server = """
                ListenAddress 127.0.0.1:\(port)
                HostKey \(root)/host
                AuthorizedKeysFile \(root)/id.pub
                PidFile none
                StrictModes no
                UsePAM no
                SetEnv HOME=\(home) PATH=/usr/bin:/bin STATE_DIRECTORY=\(home)/state

                """
            try Self.write(server, to: "\(home)/sshd_config")
            servers.append(try Child([sshd, "-D", "-f", "\(home)/sshd_config"]))
            client += """
                Host \(name)
                  HostName 127.0.0.1
                  Port \(port)
                  IdentityFile \(root)/id
                  IdentitiesOnly yes
                  StrictHostKeyChecking no
                  UserKnownHostsFile /dev/null
                  LogLevel ERROR

                """
        }
        try Self.write(client, to: configuration)
        try Self.write(
            "#!/bin/sh\nexec \(ssh) -F '\(configuration)' \"$@\"\n", to: "\(root)/bin/ssh", mode: 0o755)
    }

    /// A folder for what a measurement makes, gone with the hosts.
    func folder(_ name: String) throws -> String {
        let path = folder.url.appending(path: name).path
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        return path
    }

    private static func write(_ text: String, to path: String, mode: Int = 0o644) throws {
        let file = URL(filePath: path)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
}
