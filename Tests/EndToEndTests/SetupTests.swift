import Foundation
import TestSupport
import Testing

/// `martlet setup HOST…` over real sshd, below a folder instead of /, so that nothing of this machine is touched.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `A setup of hosts` {
    /// A host on which nothing is installed, and the agent.conf that it is to have.
    private struct Host {
        let world: SSHWorld
        /// Instead of its /.
        let root: String
        /// What installs the agent there as a service of systemd.
        let words: [String]

        /// nil, after saying so, where a program is missing that this needs.
        init?(_ conf: String, in place: HostPlace = HostPlace()) throws {
            guard let world = try SSHWorld.make(), try world.install() != nil else { return nil }
            try world.start("bare", place: place)
            self.world = world
            root = world.path("host-root")
            let file = world.path("bare.conf")
            try Data(conf.utf8).write(to: URL(filePath: file))
            words = ["bare", "--as", "systemd", "--root", root, "--conf", file]
        }

        func setup(_ words: [String]) throws -> Program.Result { try world.martlet(["setup"] + words) }

        var files: [String] {
            let found = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
            var isFolder: ObjCBool = false
            return found.filter {
                FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder)
                    && !isFolder.boolValue
            }.sorted()
        }
    }

    @Test func `shows a diff, writes it, checks it, changes nothing twice, and takes it away`() throws {
        guard let host = try Host("[log shop]\npath = /nonexistent/shop.log\noptional = yes\n") else {
            return
        }
        let root = host.root

        let shown = try host.setup(host.words + ["--dry-run"])
        #expect(shown.status == 0, "\(shown)")
        #expect(shown.output.contains("+++ \(root)/etc/systemd/system/martlet-agent.service"), "\(shown)")
        #expect(shown.output.contains("+ExecStart=/usr/local/bin/martlet-agent run"), "\(shown)")
        #expect(shown.output.contains("+path = /nonexistent/shop.log"), "\(shown)")
        #expect(host.files == [], "a dry run writes nothing")

        let unasked = try host.setup(host.words)
        #expect(unasked.status == 64 && unasked.errors.contains("confirm it with --yes"), "\(unasked)")
        #expect(host.files == [])

        let written = try host.setup(host.words + ["--yes"])
        #expect(written.status == 0 && written.output.contains("agent.conf: right"), "\(written)")
        let unit = "etc/systemd/system/martlet-agent.service"
        let list = "usr/local/lib/martlet/installed"
        #expect(host.files == ["etc/martlet/agent.conf", unit, "usr/local/bin/martlet-agent", list])
        if let analyze = Program.find("systemd-analyze") {
            let verified = try Program.run(analyze, ["verify", "--root", root, "martlet-agent.service"])
            // Of an image without a system, what it says of the unit's own lines counts: `unit:LINE: …`.
            let lines = verified.errors.split(separator: "\n").filter { line in
                line.range(of: #"martlet-agent\.service:[0-9]+:"#, options: .regularExpression) != nil
            }
            #expect(lines.isEmpty, "\(lines)")
        } else {
            print("skipped: no systemd-analyze here; the unit is compared only")
        }

        // An agent.conf that is there is its owner's.
        try Data("[agent]\nprocesses = 5\n".utf8).write(to: URL(filePath: "\(root)/etc/martlet/agent.conf"))
        let again = try host.setup(host.words + ["--yes"])
        #expect(again.status == 0, "\(again)")
        #expect(again.output.contains("= \(root)/etc/martlet/agent.conf: yours, and stays"), "\(again)")
        #expect(again.output.contains("= \(root)/\(unit)\n"), "\(again)")
        #expect(!again.output.contains("+++"), "\(again)")

        let kept = host.files
        let planned = try host.setup(["bare", "--root", root, "--remove", "--dry-run"])
        #expect(planned.status == 0 && planned.output.contains("\(root)/\(unit)"), "\(planned)")
        #expect(host.files == kept, "a dry run takes nothing away")
        let removed = try host.setup(["bare", "--root", root, "--remove", "--yes"])
        #expect(removed.status == 0, "\(removed)")
        #expect(host.files == ["etc/martlet/agent.conf"])
    }

    /// What an agent.conf declares needs scripts, sudo and a service that may use it.
    @Test func `brings what the actions of an agent_conf need, and takes exactly that away`() throws {
        guard let visudo = Program.find("visudo") else {
            return print("skipped: no sudo here; make test-deps installs it")
        }
        let host = try Host(
            """
            [action restart-web]
            about = Restart web
            run = /usr/local/lib/martlet/actions/restart.sh web {version}
            param.version = version
            user = nobody
            [action look]
            about = Look
            run = /bin/true

            """)
        guard let host else { return }
        let root = host.root
        let line = "martlet ALL=(nobody) NOPASSWD: /usr/local/lib/martlet/actions/restart.sh ^web "

        let shown = try host.setup(host.words + ["--dry-run"])
        #expect(shown.status == 0, "\(shown)")
        for part in [
            "+++ \(root)/etc/sudoers.d/martlet-agent", "+\(line)", "+NoNewPrivileges=no",
            "+++ \(root)/etc/systemd/system/martlet-agent.service.d/actions.conf",
            "+++ \(root)/usr/local/lib/martlet/actions/restart.sh",
        ] { #expect(shown.output.contains(part), "\(part): \(shown)") }
        #expect(host.files == [], "a dry run writes nothing")

        // A script of the host's own, of one of these names.
        let own = "\(root)/usr/local/lib/martlet/actions/deploy.sh"
        try FileManager.default.createDirectory(
            atPath: "\(root)/usr/local/lib/martlet/actions", withIntermediateDirectories: true)
        try Data("#!/bin/sh\necho mine\n".utf8).write(to: URL(filePath: own))
        // The check that follows does not find the scripts below /, where agent.conf says that they are.
        let written = try host.setup(host.words + ["--yes"])
        #expect(written.status == 1, "\(written)")
        #expect(written.errors.contains("deploy.sh is not as this script wrote it, and stays"), "\(written)")
        let sudoers = "\(root)/etc/sudoers.d/martlet-agent"
        #expect(try FileManager.default.attributesOfItem(atPath: sudoers)[.posixPermissions] as? Int == 0o440)
        let checked = try Program.run(visudo, ["-c", "-f", sudoers])
        #expect(checked.status == 0, "\(checked)")
        #expect(try String(contentsOfFile: sudoers, encoding: .utf8).contains(line))
        #expect(try String(contentsOfFile: own, encoding: .utf8) == "#!/bin/sh\necho mine\n")

        // Somebody adds a line to one file: it is no longer what was put there.
        let changed = "\(root)/usr/local/lib/martlet/actions/drain.sh"
        let kept = try String(contentsOfFile: changed, encoding: .utf8) + "# mine too\n"
        try Data(kept.utf8).write(to: URL(filePath: changed))
        let removed = try host.setup(["bare", "--root", root, "--remove", "--yes"])
        #expect(
            removed.status == 0 && removed.output.contains("kept: \(changed): changed since"), "\(removed)")
        #expect(
            host.files == [
                "etc/martlet/agent.conf", "usr/local/lib/martlet/actions/deploy.sh",
                "usr/local/lib/martlet/actions/drain.sh",
            ])
    }

    @Test func `writes nothing where visudo refuses, or sudo is missing`() throws {
        guard let place = try HostPlace.mounted("mount --bind /dev/null /usr/sbin/visudo"),
            let host = try Host("[action look]\nabout = Look\nrun = /bin/true\nuser = nobody\n", in: place)
        else { return }
        let refused = try host.setup(host.words + ["--yes"])
        #expect(
            refused.status == 69 && refused.errors.contains("there is no sudo here; install it"), "\(refused)"
        )
        #expect(host.files == [])
    }

    /// Three hosts with an older agent where setup puts it, each with a /usr/local of its own.
    @Test func `upgrades the agents that are there by batches, and stops at the first that fails`() throws {
        guard let world = try SSHWorld.make(), try world.install() != nil else { return }
        for name in ["a1", "b1", "c1", "none"] {
            let local = world.path("local/\(name)/bin")
            try FileManager.default.createDirectory(atPath: local, withIntermediateDirectories: true)
            if name != "none" {
                try Program.script(
                    "case $1 in --version) echo 0.0.9 ;; digest) echo 00 ;; esac",
                    at: "\(local)/martlet-agent")
            }
            var script = "mount --bind '\(world.path("local/\(name)"))' /usr/local"
            // Nothing can be put there.
            if name == "b1" { script += " && mount -o remount,bind,ro /usr/local" }
            guard let place = try HostPlace.mounted(script) else { return }
            try world.start(name, place: place)
        }
        func setup(_ words: [String]) throws -> Program.Result { try world.martlet(["setup"] + words) }
        func installed(_ name: String) throws -> Bool {
            FileManager.default.contentsEqual(
                atPath: world.path("local/\(name)/bin/martlet-agent"), andPath: world.agent)
        }
        let hosts = ["a1", "b1", "c1", "none", "--upgrade", "--batch", "1"]
        let shown = try setup(hosts + ["--dry-run"])
        #expect(
            shown.status == 0 && shown.output.contains("~ a1: /usr/local/bin/martlet-agent 0.0.9 becomes "),
            "\(shown)")
        #expect(shown.output.contains("= none: no agent of setup is there"), "\(shown)")
        #expect(try !installed("a1"))
        #expect(try setup(hosts).status == 64, "it is asked for")
        let stopped = try setup(hosts + ["--yes"])
        #expect(stopped.status == 1 && stopped.errors.contains("b1: "), "\(stopped)")
        #expect(stopped.errors.contains("stopped before c1"), "\(stopped)")
        #expect(stopped.output.contains("+ a1: answers as "), "\(stopped)")
        #expect(try installed("a1") && !installed("b1") && !installed("c1"))
        // Mended: what is new already is left alone.
        let rest = try setup(["a1", "c1", "none", "--upgrade", "--yes"])
        #expect(
            rest.status == 0 && rest.output.contains("= a1: ") && rest.output.contains("+ c1: "), "\(rest)")
        #expect(try installed("c1"))
    }
}
