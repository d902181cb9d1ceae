import Foundation
import TestSupport
import Testing

/// Starting what a host declares, as a user does: by keys in a terminal, and by words in a script.
@Suite(.serialized) struct `Actions as a user starts them` {
    /// A world whose agent.conf declares what `scripts` do.
    private func world() throws -> TemporaryFolder {
        let world = try TemporaryFolder()
        let root = world.url.path
        let folder = "\(root)/conf"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in [
            ("restart.sh", "echo stopping; echo \"started $1\"; echo x >> \(root)/restarts"),
            ("fail.sh", "echo broken >&2; exit 3"), ("long.sh", "echo began; sleep 300"),
        ] {
            try Program.script(text, at: "\(folder)/\(name)")
        }
        let configuration = """
            [agent]
            discover = no
            audit = none
            [action restart-web]
            about = Restart the web service
            run = \(folder)/restart.sh {what}
            param.what = word default web
            [action fail-web]
            about = Fail
            run = \(folder)/fail.sh
            danger = look
            [action long-web]
            about = Take long
            run = \(folder)/long.sh
            danger = look
            grace = 1s
            [action reboot]
            about = Reboot
            run = \(folder)/restart.sh all
            danger = destroy
            """
        try Data(configuration.utf8).write(to: URL(filePath: "\(folder)/agent.conf"))
        chmod("\(folder)/agent.conf", 0o600)
        return world
    }

    private func restarts(_ world: TemporaryFolder) -> String {
        (try? String(contentsOfFile: world.url.appending(path: "restarts").path, encoding: .utf8)) ?? ""
    }

    @Test func `are cancelled by how their id begins`() throws {
        let martlet = try #require(Program.built("martlet"))
        let world = try world()
        defer { World.endHubs(of: world) }
        let environment = World.variables(of: world).merging(
            ["MARTLET_CONFIG": "\(world.url.path)/conf", "MARTLET_ACTOR": "anna"]) { $1 }
        func run(_ words: [String]) throws -> Program.Result {
            try Program.run(martlet, words, environment: environment, seconds: 60)
        }
        let began = try run(["action", "run", "long-web", "--no-wait", "-o", "jsonl"])
        #expect(began.status == 0, "\(began)")
        var open: [String] = []
        #expect(
            Eventually.holds(within: 20) {
                let list = (try? run(["action", "cancel", "-o", "csv"]).output) ?? ""
                open = list.split(whereSeparator: \.isNewline).map(String.init).filter {
                    $0.contains("running")
                }
                return open.count == 1
            })
        let id = String(try #require(open.first?.split(separator: ",").last))
        let unknown = try run(["action", "cancel", "zz"])
        #expect(unknown.status == 64 && unknown.errors.contains("begins with \"zz\""), "\(unknown)")
        let ended = try run(["action", "cancel", String(id.prefix(6))])
        #expect(ended.status == 0 && ended.output.contains("cancelled: ended because anna"), "\(ended)")
        let audit = try run(["audit", "-o", "csv"]).output
        #expect(audit.contains(" as anna,cancelled,"), "\(audit)")
        #expect(
            try run(["action", "cancel", "-o", "csv"]).output.split(whereSeparator: \.isNewline).count == 1)
    }

    @Test func `by x on a row, with its question and its output`() throws {
        let martlet = try #require(Program.built("martlet"))
        let world = try world()
        let environment = ["MARTLET_CONFIG": "\(world.url.path)/conf", "MARTLET_ACTOR": "jo"]
        guard let session = try TmuxSession(environment: environment, world: world) else { return }
        try session.line(martlet)
        try session.expect("LIVE")
        try session.type("x")
        try session.expect("restart-web")
        try session.type("Enter")
        try session.expect("a word of letters")
        try session.type("Enter")
        try session.expect("no, go back")
        try session.type("Down")
        try session.type("Enter")
        try session.expect("started web")
        try session.expect("succeeded")
        #expect(restarts(world) == "x\n")
        try session.type("Enter")
        try session.expect("CPU")
        let variables = World.variables(of: world).merging(environment) { $1 }
        let audit = try Program.run(martlet, ["audit", "-o", "csv"], environment: variables, seconds: 60)
            .output
        #expect(audit.contains(" as jo,"), "\(audit)")
    }

    @Test func `by the name of their host where they destroy, typed and not pasted`() throws {
        let martlet = try #require(Program.built("martlet"))
        let world = try world()
        let host = try String(contentsOfFile: "/proc/sys/kernel/hostname", encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        guard
            let session = try TmuxSession(
                environment: ["MARTLET_CONFIG": "\(world.url.path)/conf"], world: world)
        else { return }
        try session.line(martlet)
        try session.expect("LIVE")
        try session.type("x")
        try session.expect("reboot")
        try session.type("Down", "Down", "Down", "Enter")
        try session.expect("type \(host) to start it")
        // The question takes none of it, its end of line neither: enter finds nothing typed.
        try session.paste("\(host)\n")
        try session.type("Enter")
        try session.expect("type \(host), or esc")
        #expect(restarts(world).isEmpty)
        try session.line(host)
        try session.expect("started all")
        try session.expect("succeeded")
        #expect(restarts(world) == "x\n")
    }

    @Test func `by words, with an exit status that says how it ended`() throws {
        let martlet = try #require(Program.built("martlet"))
        let world = try world()
        defer { World.endHubs(of: world) }
        let environment = World.variables(of: world).merging(["MARTLET_CONFIG": "\(world.url.path)/conf"]) {
            _, new in new
        }
        func run(_ words: [String]) throws -> Program.Result {
            try Program.run(martlet, words, environment: environment, seconds: 60)
        }
        let list = try run(["action", "list"])
        #expect(list.status == 0 && list.output.contains("restart-web"), "\(list.errors)")
        for (words, status, text) in [
            (["action", "run", "restart-web", "-y", "--param", "what=db"], 0, "started db"),
            (["action", "run", "restart-web"], 64, "confirm it with -y"),
            (["action", "run", "restart-web", "-y", "--param", "what=a b"], 64, "write a word"),
            (["action", "run", "restart-wbe", "-y"], 64, "did you mean \"restart-web\"?"),
            (["action", "run", "restart-web", "nowhere", "-y"], 64, "nowhere"),
            (["action", "run", "fail-web"], 1, "failed: status 3"),
            (["action", "run", "reboot", "-y"], 64, "--confirm"),
            (["action", "run", "reboot", "--confirm", "other"], 64, "nothing was started"),
            (["action", "run", "restart-web", "-y", "-o", "jsonl"], 0, "\"state\":\"succeeded\""),
            (["audit"], 0, "restart-web what=db"), (["audit", "--exit-code"], 0, "fail-web"),
        ] as [([String], Int32, String)] {
            let result = try run(words)
            #expect(result.status == status, "\(words): \(result.output)\(result.errors)")
            #expect(
                (result.output + result.errors).contains(text), "\(words): \(result.output)\(result.errors)")
        }
        #expect(restarts(world) == "x\nx\n")
    }
}
