import Fleet
import Foundation
import HubClient
import TestSupport
import Testing

/// Hosts that have little: a small userland, a home that takes nothing, filesystems that run nothing.
@Suite(.serialized, .timeLimit(.minutes(2))) struct `Hosts with little` {
    /// What `sh` and all other programs of the host are.
    private func userland(_ world: SSHWorld) throws -> String? {
        guard let busybox = Program.find("busybox") else {
            print("skipped: no busybox here; make test-deps installs it")
            return nil
        }
        let folder = world.path("busybox")
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        #expect(try Program.run("/bin/cp", [busybox, "\(folder)/busybox"]).status == 0)
        for applet in try Program.run(busybox, ["--list"]).output.split(separator: "\n")
        where applet != "busybox" {
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/\(applet)", withDestinationPath: "busybox")
        }
        // Who logs in has a shell that is there.
        let users = try String(contentsOfFile: "/etc/passwd", encoding: .utf8)
        let small = users.split(separator: "\n").map { line in
            line.split(separator: ":", omittingEmptySubsequences: false).dropLast().joined(separator: ":")
                + ":/bin/sh"
        }
        try small.joined(separator: "\n").appending("\n").write(
            toFile: world.path("passwd"), atomically: true, encoding: .utf8)
        return "mount --bind '\(world.path("passwd"))' /etc/passwd && mount --bind '\(folder)' /usr/bin"
    }

    @Test func `of BusyBox and no service manager are live with a copy, and set up as with all tools`()
        async throws
    {
        guard let world = try SSHWorld.make(), let martlet = try world.install(),
            let mounts = try userland(world)
        else { return }
        guard let place = try HostPlace.mounted(mounts) else { return }
        try world.start("small", place: place)
        try await world.hub(martlet, ["small"]) { (client) async throws in
            let host = await client.host("small") { $0.state == .live }
            #expect(host?.state == .live, "\(String(describing: host?.state))")
        }
        func setup(_ words: [String]) throws -> Program.Result {
            try world.martlet(["setup", "small", "--root", world.path("root"), "--as", "none"] + words)
        }
        let root = world.path("root")
        let shown = try setup(["--dry-run"])
        #expect(
            shown.status == 0 && shown.output.contains("+ \(root)/usr/local/bin/martlet-agent"), "\(shown)")
        #expect(try setup(["--yes"]).status == 0)
        #expect(
            FileManager.default.contentsEqual(
                atPath: "\(root)/usr/local/bin/martlet-agent", andPath: world.agent))
        let again = try setup(["--dry-run"])
        #expect(again.output.contains("= \(root)/usr/local/bin/martlet-agent"), "\(again)")
        let removed = try setup(["--remove", "--yes"])
        #expect(removed.status == 0, "\(removed)")
        #expect(!FileManager.default.fileExists(atPath: "\(root)/usr/local/bin/martlet-agent"))
    }

    @Test
    func `whose home takes nothing or runs nothing put the copy elsewhere, and say so where nothing does`()
        async throws
    {
        guard let world = try SSHWorld.make(), let martlet = try world.install() else { return }
        let home = { (name: String) in "'\(world.path("hosts/\(name)"))'" }
        let mounts = [
            "readonly": "mount --bind \(home("readonly")) \(home("readonly")) && "
                + "mount -o remount,bind,ro \(home("readonly")) && mount -t tmpfs none /var/tmp",
            "noexec": "mount --bind \(home("noexec")) \(home("noexec")) && "
                + "mount -o remount,bind,noexec \(home("noexec")) && mount -t tmpfs none /var/tmp",
            "nowhere": "mount --bind \(home("nowhere")) \(home("nowhere")) && "
                + "mount -o remount,bind,noexec \(home("nowhere")) && mount -t tmpfs -o noexec none /var/tmp",
        ]
        for (name, script) in mounts {
            guard let place = try HostPlace.mounted(script) else { return }
            try world.start(name, sessions: "XDG_RUNTIME_DIR=/proc/none", place: place)
        }
        try await world.hub(martlet, mounts.keys.sorted()) { (client) async throws in
            for name in ["readonly", "noexec"] {
                let host = await client.host(name) { $0.state == .live }
                #expect(host?.state == .live, "\(name): \(String(describing: host?.state))")
            }
            let reason = await client.failure(of: "nowhere", containing: "no folder that takes a program")
            #expect(reason.contains("noexec:/var/tmp/martlet-"), "\(reason)")
            #expect(reason.contains("agent_dir: /opt/martlet"), "\(reason)")
        }
        // Nothing was left where nothing may be run.
        #expect(!FileManager.default.fileExists(atPath: world.path("hosts/readonly/cache")))
    }
}
