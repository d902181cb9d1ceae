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
}
