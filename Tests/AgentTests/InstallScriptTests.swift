import Foundation
import TestSupport
import Testing

/// Agents/install.sh, below a folder in place of the root and without a service manager.
@Suite struct `The installation script` {
    private static let script = Repository.root.appending(path: "Agents/install.sh").path

    /// The shells that are here: each must do.
    private static var shells: [[String]] {
        [["dash"], ["bash", "--posix"], ["busybox", "sh"]].compactMap { words in
            Program.find(words[0]).map { [$0] + words.dropFirst() }
        }
    }

    private func run(_ shell: [String], _ words: [String]) throws -> Program.Result {
        try Program.run(shell[0], Array(shell.dropFirst()) + [Self.script] + words)
    }

    private func image() throws -> TemporaryFolder {
        let image = try TemporaryFolder()
        for folder in ["etc/cron.d", "var/lib"] {
            try FileManager.default.createDirectory(
                at: image.url.appending(path: folder), withIntermediateDirectories: true)
        }
        try "adm:x:4:\n".write(to: image.url.appending(path: "etc/group"), atomically: true, encoding: .utf8)
        try "root:x:0:0::/:/bin/sh\n".write(
            to: image.url.appending(path: "etc/passwd"), atomically: true, encoding: .utf8)
        return image
    }

    private func files(_ image: TemporaryFolder) -> Set<String> {
        let all = FileManager.default.enumerator(atPath: image.url.path)?.compactMap { $0 as? String } ?? []
        return Set(
            all.filter { path in
                var isFolder: ObjCBool = false
                _ = FileManager.default.fileExists(
                    atPath: image.url.appending(path: path).path, isDirectory: &isFolder)
                return !isFolder.boolValue
            })
    }

    @Test(
        arguments: shells,
        [
            ("systemd", "etc/systemd/system/martlet-agent.service"),
            ("timer", "etc/systemd/system/martlet-agent-once.timer"),
            ("openrc", "etc/init.d/martlet-agent"), ("cron", "etc/cron.d/martlet-agent"),
        ])
    func `puts in place what it takes away again`(
        _ shell: [String], _ row: (kind: String, file: String)
    ) throws {
        let image = try image()
        let before = files(image)
        let words = ["--as", row.kind, "--agent", "/bin/true", "--root", image.url.path]
        let dry = try run(shell, words + ["--dry-run"])
        #expect(dry.status == 0, "\(dry.errors)")
        #expect(
            dry.output.contains(
                "would: install -m 755 /bin/true \(image.url.path)/usr/local/bin/martlet-agent"))
        #expect(files(image) == before)
        let result = try run(shell, words)
        #expect(result.status == 0, "\(result.errors)")
        let there = files(image)
        #expect(there.contains(row.file))
        #expect(there.isSuperset(of: ["usr/local/bin/martlet-agent", "etc/martlet/agent.conf"]))
        let text = try String(contentsOf: image.url.appending(path: row.file), encoding: .utf8)
        // systemd starts nothing whose groups are not there.
        #expect(!text.contains("systemd-journal"))
        let removal = try run(shell, ["--remove", "--root", image.url.path])
        #expect(removal.status == 0, "\(removal.errors)")
        #expect(removal.output.contains("kept: \(image.url.path)/etc/martlet/agent.conf"))
        #expect(files(image) == before.union(["etc/martlet/agent.conf"]))
        _ = try run(shell, ["--remove", "--purge", "--root", image.url.path])
        #expect(files(image) == before)
    }

    @Test(
        arguments: [
            (["--as", "launchd"], 64), (["--frob"], 64), (["--purge"], 64), (["--agent"], 64),
            (["--user", "a b", "--dry-run"], 64),
            (["--agent", "/nonexistent", "--dry-run", "--as", "none"], 69),
        ] as [([String], Int32)])
    func `refuses what it does not know by sentence`(_ row: (words: [String], status: Int32)) throws {
        let result = try run([Program.find("sh") ?? "/bin/sh"], row.words)
        #expect(result.status == row.status)
        #expect(result.errors.hasPrefix("install.sh: "))
    }

    /// What the units call is what the program understands.
    @Test func `the services call commands that there are`() throws {
        let agent = try #require(Program.built("martlet-agent"))
        let help = try Program.run(agent, ["--help"]).output
        for file in [
            "systemd/martlet-agent.service", "systemd/martlet-agent-once.service", "cron/martlet-agent",
        ] {
            let text = try String(
                contentsOf: Repository.root.appending(path: "Agents/\(file)"), encoding: .utf8)
            let call = try #require(
                text.split(separator: "\n").last {
                    $0.contains("/usr/local/bin/martlet-agent ") && !$0.hasPrefix("#")
                })
            let words = try #require(call.components(separatedBy: "/usr/local/bin/martlet-agent ").last)
            #expect(words.hasSuffix(" --state /var/lib/martlet"))
            let command = try #require(words.split(separator: " ").first)
            #expect(help.contains("  martlet-agent \(command) "))
        }
    }

    /// systemd.exec(5): under User= each of these sets NoNewPrivileges, which no sudo survives; and each is inherited.
    private static let implying = [
        "SystemCallFilter", "SystemCallArchitectures", "SystemCallLog", "RestrictAddressFamilies",
        "RestrictNamespaces", "PrivateDevices", "ProtectKernelTunables", "ProtectKernelModules",
        "ProtectKernelLogs",
        "ProtectClock", "MemoryDenyWriteExecute", "RestrictRealtime", "RestrictSUIDSGID", "DynamicUser",
        "LockPersonality",
        "ProtectHostname",
    ]

    /// A unit's last word on each setting of [Service].
    private static func settings(_ file: String) throws -> [String: String] {
        let text = try Repository.text("Agents/systemd/\(file)")
        var settings: [String: String] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            let parts = line.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            if parts.count == 2 { settings[String(parts[0])] = String(parts[1]) }
        }
        return settings
    }

    @Test func `lets a service without actions become nobody else, and one with actions use sudo`() throws {
        let service = try Self.settings("martlet-agent.service")
        #expect(service["NoNewPrivileges"] == "yes" && service["User"] == "martlet")
        #expect(service["CapabilityBoundingSet"] == "")
        let actions = try Self.settings("actions.conf")
        #expect(actions["NoNewPrivileges"] == "no" && actions["CapabilityBoundingSet"] == "~")
        #expect(actions["Delegate"] == "yes" && actions["KillMode"] == "process")
        for name in Self.implying where service[name] != nil {
            #expect(["no", ""].contains(actions[name] ?? "missing"), "\(name)")
        }
        // What limits the agent would limit its scripts.
        for name in service.keys where name.hasSuffix("Max") {
            #expect(actions[name] == "infinity", "\(name)")
        }
    }

    @Test(arguments: shells) func `writes what actions need, once, and keeps what is somebody else's`(
        _ shell: [String]
    ) throws {
        guard Program.find("visudo") != nil, let agent = Program.built("martlet-agent") else {
            return print("skipped: no sudo here; make test-deps installs it")
        }
        let image = try image()
        let root = image.url.path
        let before = files(image)
        try FileManager.default.createDirectory(
            atPath: "\(root)/etc/martlet", withIntermediateDirectories: true)
        let conf = "[action a]\nabout = A\nrun = /usr/local/lib/martlet/actions/restart.sh a\nuser = root\n"
        try Data(conf.utf8).write(to: URL(filePath: "\(root)/etc/martlet/agent.conf"))
        let words = ["--as", "systemd", "--agent", agent, "--root", root]
        let first = try run(shell, words)
        #expect(first.status == 0, "\(first)")
        let sudoers = try String(contentsOfFile: "\(root)/etc/sudoers.d/martlet-agent", encoding: .utf8)
        #expect(
            sudoers.hasSuffix("martlet ALL=(root) NOPASSWD: /usr/local/lib/martlet/actions/restart.sh a\n"),
            "\(sudoers)")
        let there = files(image)
        #expect(there.count { $0.hasPrefix("usr/local/lib/martlet/actions/") } == 6)
        // A second time: the list has each file once.
        #expect(try run(shell, words).status == 0)
        #expect(files(image) == there)
        let list = try String(contentsOfFile: "\(root)/usr/local/lib/martlet/installed", encoding: .utf8)
        let paths = list.split(separator: "\n").compactMap { $0.split(separator: "\t").last }
        #expect(Set(paths).count == paths.count && paths.count == 10, "\(list)")
        // Actions that are in the folder beside it count as well.
        let folder = "\(root)/etc/martlet/agent.conf.d"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data("[agent]\n".utf8).write(to: URL(filePath: "\(root)/etc/martlet/agent.conf"))
        try Data(conf.utf8).write(to: URL(filePath: "\(folder)/web.conf"))
        #expect(try run(shell, words).status == 0)
        #expect(files(image) == there.union(["etc/martlet/agent.conf.d/web.conf"]))
        // Of those that are gone only their scripts stay, which need no rights.
        try FileManager.default.removeItem(atPath: folder)
        #expect(try run(shell, words).status == 0)
        let gone = ["etc/sudoers.d/martlet-agent", "etc/systemd/system/martlet-agent.service.d/actions.conf"]
        #expect(files(image) == there.subtracting(gone))
        // --remove still knows what was written for them.
        let removal = try run(shell, ["--remove", "--root", root])
        #expect(removal.status == 0, "\(removal)")
        #expect(files(image) == before.union(["etc/martlet/agent.conf"]), "\(removal)")
    }

    @Test func `puts a newer program in the place of the one that it put there`() throws {
        let image = try image()
        let root = image.url.path
        let shell = [Program.find("sh") ?? "/bin/sh"]
        let none = try run(shell, ["--upgrade", "--agent", "/bin/true", "--root", root])
        #expect(
            none.status == 69 && none.errors.contains("is not there; install.sh without --upgrade"), "\(none)"
        )
        #expect(try run(shell, ["--as", "systemd", "--agent", "/bin/false", "--root", root]).status == 0)
        let before = files(image)
        let conf = "\(root)/etc/martlet/agent.conf"
        try Data("[agent]\nprocesses = 7\n".utf8).write(to: URL(filePath: conf))
        #expect(try run(shell, ["--upgrade", "--agent", "/bin/true", "--root", root]).status == 0)
        #expect(files(image) == before)
        #expect(
            FileManager.default.contentsEqual(
                atPath: "\(root)/usr/local/bin/martlet-agent", andPath: "/bin/true"))
        #expect(try String(contentsOfFile: conf, encoding: .utf8) == "[agent]\nprocesses = 7\n")
        #expect(try run(shell, ["--remove", "--root", root]).output.contains("changed since") == false)
    }
}
