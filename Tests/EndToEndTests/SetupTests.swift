import Foundation
import TestSupport
import Testing

/// `martlet setup HOST…` over real sshd, below a folder instead of /, so that nothing of this machine is touched.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `A setup of hosts` {
    private func run(_ martlet: String, _ words: [String], in world: SSHWorld) throws -> Program.Result {
        try Program.run(
            martlet, ["setup"] + words, environment: World.variables(of: world.folder), seconds: 100)
    }

    private func files(below root: String) -> [String] {
        let found = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
        var isFolder: ObjCBool = false
        return found.filter {
            FileManager.default.fileExists(atPath: "\(root)/\($0)", isDirectory: &isFolder)
                && !isFolder.boolValue
        }.sorted()
    }

    @Test func `shows a diff, writes it, checks it, changes nothing twice, and takes it away`() throws {
        guard let world = try SSHWorld.make() else { return }
        guard let agent = Program.releaseAgent else {
            return print("skipped: no static agent here; make agent builds it")
        }
        try world.start("bare")
        let martlet = try world.install(agent: agent)
        try FileManager.default.copyItem(
            atPath: Repository.root.appending(path: "Agents").path, toPath: world.path("Agents"))
        let root = world.path("host-root")
        let conf = world.path("bare.conf")
        try Data("[log shop]\npath = /nonexistent/shop.log\noptional = yes\n".utf8).write(
            to: URL(filePath: conf))
        let words = ["bare", "--as", "systemd", "--root", root, "--conf", conf]

        let shown = try run(martlet, words + ["--dry-run"], in: world)
        #expect(shown.status == 0, "\(shown)")
        #expect(shown.output.contains("+++ \(root)/etc/systemd/system/martlet-agent.service"), "\(shown)")
        #expect(shown.output.contains("+ExecStart=/usr/local/bin/martlet-agent run"), "\(shown)")
        #expect(shown.output.contains("+path = /nonexistent/shop.log"), "\(shown)")
        #expect(files(below: root) == [], "a dry run writes nothing")

        let unasked = try run(martlet, words, in: world)
        #expect(unasked.status == 64 && unasked.errors.contains("confirm it with --yes"), "\(unasked)")
        #expect(files(below: root) == [])

        let written = try run(martlet, words + ["--yes"], in: world)
        #expect(written.status == 0 && written.output.contains("agent.conf: right"), "\(written)")
        let unit = "etc/systemd/system/martlet-agent.service"
        #expect(files(below: root) == ["etc/martlet/agent.conf", unit, "usr/local/bin/martlet-agent"])
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
        let again = try run(martlet, words + ["--yes"], in: world)
        #expect(again.status == 0, "\(again)")
        #expect(again.output.contains("= \(root)/etc/martlet/agent.conf: yours, and stays"), "\(again)")
        #expect(again.output.contains("= \(root)/\(unit)\n"), "\(again)")
        #expect(!again.output.contains("+++"), "\(again)")

        let kept = files(below: root)
        let planned = try run(martlet, ["bare", "--root", root, "--remove", "--dry-run"], in: world)
        #expect(planned.status == 0 && planned.output.contains("\(root)/\(unit)"), "\(planned)")
        #expect(files(below: root) == kept, "a dry run takes nothing away")
        let removed = try run(martlet, ["bare", "--root", root, "--remove", "--yes"], in: world)
        #expect(removed.status == 0, "\(removed)")
        #expect(files(below: root) == ["etc/martlet/agent.conf"])
    }
}
