import Foundation
import TestSupport

/// An `ssh` on a test world's PATH that runs the command on this machine, as if every name were a host.
enum FakeSSH {
    /// Writes `ssh` to the world's bin folder; every connection's arguments are appended to `ssh.log` there.
    static func install(in world: TemporaryFolder, agent: String) throws {
        let bin = world.url.appending(path: "bin").path
        try Program.script(
            """
            echo "$*" >>"\(bin)/ssh.log"
            # It has no configuration to show, and no connection that others ride on.
            case $1 in -G) exit 0 ;; -O) exit 255 ;; esac
            for word in "$@"; do last=$word; done
            case $last in
            *martlet-agent*) exec "\(agent)" stream ;;
            *) echo "fake shell on $last"; exec sh ;;
            esac
            """, at: "\(bin)/ssh")
    }

    static func log(in world: TemporaryFolder) -> String {
        (try? String(contentsOf: world.url.appending(path: "bin/ssh.log"), encoding: .utf8)) ?? ""
    }
}
