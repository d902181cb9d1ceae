import CLinux
package import Fleet
import Foundation
import Glibc

/// The folder of the sockets of Martlet's own connections: to jump hosts that many hosts share, and to hosts that a
/// person logged in to with --ask. Whoever opens one and whoever rides on it find the same name.
package struct SSHSockets: Sendable, Equatable {
    package let folder: String

    /// Beside the hub's socket; where that is too long a path for a socket, in /tmp.
    package init(beside folder: String) {
        let wanted = "\(folder)/ssh"
        self.folder = wanted.utf8.count <= Self.folderBytesMax ? wanted : "/tmp/martlet-ssh-\(geteuid())"
    }

    /// Of sun_path's 107 bytes ssh(1) wants 17 for a name that it renames, and ours are 17 with their slash.
    private static let folderBytesMax = 107 - 17 - 17

    /// The socket for `destination` behind `jumps`.
    package func path(_ destination: SSHDestination, behind jumps: [SSHDestination]) -> String {
        "\(folder)/" + Self.name(jumps + [destination])
    }

    /// That socket, where somebody made it.
    package func present(_ destination: SSHDestination, behind jumps: [SSHDestination]) -> String? {
        let path = path(destination, behind: jumps)
        return access(path, F_OK) == 0 ? path : nil
    }

    package var all: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).map { "\(folder)/\($0)" }
    }

    /// Makes the folder, 0700, and refuses one that somebody else owns or may enter.
    package func make() throws(HubError) {
        try? FileManager.default.createDirectory(
            atPath: (folder as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        mkdir(folder, 0o700)
        var status = stat()
        guard lstat(folder, &status) == 0, status.st_mode & S_IFMT == S_IFDIR, status.st_uid == geteuid(),
            status.st_mode & 0o077 == 0
        else {
            throw .forbidden(
                path: folder, reason: "must be a folder of yours that nobody else may enter; chmod 700 it")
        }
    }

    /// Sixteen hexadecimal digits of FNV-1a over what names the way; each field ends with a zero byte.
    private static func name(_ chain: [SSHDestination]) -> String {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for hop in chain {
            for field in [hop.address, hop.user ?? "", hop.port.map { "\($0)" } ?? "", hop.identity ?? ""] {
                for byte in Array(field.utf8) + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
            }
        }
        let digits = String(hash, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
