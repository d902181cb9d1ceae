import Foundation
import TestSupport
import Testing

/// What people do to alerts from the command line, with a hub that runs hooks.
@Suite(.serialized, .timeLimit(.minutes(3))) struct `The commands about alerts` {
    private static let rules = """
        version: 1
        shipped: no
        hooks:
          page:
            shell: 'printf "%s %s %s %s\\n" "$MARTLET_STATUS" "$MARTLET_ALERT" "$MARTLET_VALUE" "$(cat <&3)" >>told'
            secret: token
          broken: {shell: 'echo no good; exit 3'}
        notify: {critical: [page]}
        alerts:
          - name: Gone
            when: process.count{name=no-such-program} < 1
            severity: critical
            labels: {team: shop}
            summary: "{short_host} of {role}, {team}: {value} (limit {threshold})"
          - {name: Quiet, when: memory.used > 0%, severity: info}

        """

    private struct Call {
        let words: [String]
        let status: Int32
        let says: String
    }

    /// In this order: each finds what those before it left.
    private static let calls = [
        Call(words: ["alerts", "--exit-code"], status: 1, says: "Gone"),
        Call(words: ["alerts", "-o", "xml"], status: 64, says: "jsonl"),
        Call(words: ["alerts", "test", "page"], status: 0, says: "ok"),
        Call(words: ["alerts", "test", "broken"], status: 1, says: "no good"),
        Call(words: ["alerts", "test", "Quiet"], status: 1, says: "on the screen only"),
        Call(words: ["alerts", "test", "nothing"], status: 1, says: "hooks: broken, page"),
        Call(words: ["alerts", "test"], status: 64, says: "<name>"),
        Call(words: ["ack", "nothing"], status: 1, says: "martlet alerts lists them"),
        Call(words: ["ack", "Gone", "on it", "--as", "jo"], status: 0, says: "jo has it"),
        Call(
            words: ["ack", "Gone", "on it", "--as", "jo", "-o", "jsonl"], status: 0, says: "\"acknowledged\":"
        ),
        Call(words: ["silence", "add", "role==web", "1h"], status: 64, says: "column 5"),
        Call(words: ["silence", "add", "role=db", "1h"], status: 64, says: "nothing has role=db"),
        Call(words: ["silence", "add", "alert=Gonne", "1h"], status: 64, says: "Gonne"),
        Call(words: ["silence", "add", "severity=critcal", "1h"], status: 64, says: "critcal"),
        Call(words: ["silence", "add", "role=web", "1x"], status: 64, says: "is no duration"),
        Call(words: ["silence", "add", "role=web", "1h", "--dry-run"], status: 0, says: "hides 2 alerts"),
        Call(
            words: ["silence", "add", "role=db", "1h", "--dry-run"], status: 64, says: "nothing has role=db"),
        Call(
            words: ["silence", "add", "alert=Gone", "1h", "swap", "--dry-run", "--as", "jo", "-o", "csv"],
            status: 0,
            says: ",alert=Gone,1,,jo,swap,"),
        Call(words: ["silence", "list", "-o", "csv"], status: 0, says: "id,selector,hides,until,by,note\n"),
        Call(words: ["silence", "add", "role=web", "1h", "swap"], status: 0, says: "hides 2 alerts now"),
        Call(words: ["silence", "expire", "nothing"], status: 1, says: "martlet silence list"),
        Call(words: ["alerts"], status: 0, says: "firing,silenced,acked"),
        Call(words: ["alerts", "--exit-code"], status: 0, says: "Gone"),
        Call(words: ["note", "x", "--where", "role=db"], status: 64, says: "nothing has role=db"),
        Call(words: ["note", "switched", "--where", "role=web", "-o", "csv"], status: 0, says: "switched"),
        Call(words: ["mark", "web", "4.12.1", "-o", "csv"], status: 0, says: ",deploy,web 4.12.1,web,"),
        Call(words: ["mark", "web", "4.12.2", "-o", "jsonl"], status: 0, says: "\"title\":\"web 4.12.2\""),
        Call(
            words: ["handover", "--since", "soon"], status: 64,
            says: "neither a length of time nor a moment: write 8h, 02:41"),
        Call(words: ["handover", "--since", "2h", "--until", "3h"], status: 64, says: "is not before"),
        Call(words: ["handover", "--since", "91d"], status: 64, says: "more than 90d ago"),
        Call(words: ["handover", "--since", "2999-01-01 00:00"], status: 64, says: "has not come yet"),
        Call(words: ["handover", "--since", "-20m"], status: 0, says: "deploy"),
        Call(
            words: ["handover", "--since", "00c0ffee"], status: 64,
            says: "--since: the hub knows no alert, mark"),
        Call(words: ["events", "-o", "csv"], status: 0, says: ",deploy,"),
        Call(words: ["events", "--exit-code", "-o", "jsonl"], status: 1, says: "\"kind\":\"firing\""),
        Call(words: ["events", "--since", "3h", "--until", "2h", "--exit-code"], status: 0, says: "AT"),
        Call(words: ["events", "-f", "--until", "1h"], status: 64, says: "leave out --until"),
        Call(words: ["alerts", "-f", "--hooks"], status: 64, says: "leave out --exit-code and --hooks"),
        Call(words: ["mark", "list", "--since", "00:00Z", "-o", "csv"], status: 0, says: "id,at,kind"),
        Call(
            words: ["audit", "--since", "2h", "--until", "1h", "-o", "csv"], status: 0, says: "number,time"),
        Call(words: ["rules", "try", "cpu > 90%", "--since", "4d"], status: 64, says: "more than 3d ago"),
        Call(words: ["reload", "-o", "csv"], status: 0, says: "what,text"),
        Call(words: ["logs", "/nonexistent.log"], status: 66, says: "/nonexistent.log"),
        Call(words: ["handover"], status: 0, says: "jo has it: on it"),
        Call(words: ["handover", "-o", "jsonl"], status: 0, says: "\"text\":\"switched\""),
        Call(words: ["rules", "try", "cpu > 90"], status: 64, says: "write 90%"),
        Call(words: ["rules", "try", "memory.used > 0%", "--since", "5m"], status: 0, says: "host=here"),
        Call(words: ["rules", "show"], status: 0, says: "process.count{name=no-such-program} < 1"),
    ]

    @Test func `do what they say, end with their status, and say what is wrong`() throws {
        let martlet = try #require(Program.built("martlet"))
        let world = try TemporaryFolder()
        let config = world.url.appending(path: "config")
        try FileManager.default.createDirectory(at: config, withIntermediateDirectories: true)
        let files = [
            "rules.yaml": Self.rules, "token": "s3cret",
            "hosts.yaml": "version: 1\nhosts:\n  here: {connect: local, tags: {role: web}}\n",
        ]
        for (name, text) in files {
            try Data(text.utf8).write(to: config.appending(path: name))
            chmod(config.appending(path: name).path, 0o600)
        }
        let environment = World.variables(of: world).merging([
            "MARTLET_CONFIG": config.path, "STATE_DIRECTORY": world.url.appending(path: "agent").path,
        ]) { _, new in new }
        func run(_ words: [String]) throws -> Program.Result {
            try Program.run("/usr/bin/env", ["timeout", "60", martlet] + words, environment: environment)
        }
        let hub = try SpawnedProgram(
            [martlet, "hub"], environment: environment, log: world.url.appending(path: "hub.log").path)
        defer {
            hub.end()
            World.endHubs(of: world)
        }
        #expect(
            try Eventually.holds(within: 60) {
                let list = try run(["alerts", "-o", "csv"]).output
                return list.contains("Gone") && list.contains("Quiet")
            })
        // A hook runs after its alert is there, and what people do next must not come before it.
        let told = config.appending(path: "told")
        #expect(
            Eventually.holds {
                (try? String(contentsOf: told, encoding: .utf8)) == "firing Gone 0 s3cret\n"
            })
        let followed = world.url.appending(path: "followed").path
        let follower = try SpawnedProgram(
            [martlet, "alerts", "-f", "-o", "jsonl"], environment: environment, log: followed)
        defer { follower.end() }
        for call in Self.calls {
            let result = try run(call.words)
            #expect(result.status == call.status, "\(call.words): \(result)")
            let said = result.output + result.errors
            #expect(said.contains(call.says), "\(call.words): \(result)")
        }
        #expect(
            try String(contentsOf: told, encoding: .utf8)
                == "firing Gone 0 s3cret\ntest Test - s3cret\n")
        // What fired at first, then who has it, then what is silenced.
        #expect(
            Eventually.holds {
                let lines = (try? String(contentsOfFile: followed, encoding: .utf8)) ?? ""
                return ["\"name\":\"Gone\"", "\"by\":\"jo\"", "\"silencedBy\":[\""].allSatisfy(lines.contains)
            }, "\((try? String(contentsOfFile: followed, encoding: .utf8)) ?? "")")
        let alerts = try run(["alerts", "-o", "json"]).output
        #expect(alerts.contains("\"summary\" : \"here of web, shop: 0 (limit 1)\""), "\(alerts)")
        try expectSinceAnID(run, of: alerts)
    }

    /// What happened from an alert on is asked for by the id that MARTLET_OPEN and the lists name.
    private func expectSinceAnID(_ run: ([String]) throws -> Program.Result, of alerts: String) throws {
        struct Listed: Decodable {
            struct Key: Decodable { let name: String }
            let id: String
            let key: Key
        }
        let listed = try JSONDecoder().decode([Listed].self, from: Data(alerts.utf8))
        let gone = try #require(listed.first { $0.key.name == "Gone" })
        for words in [["events"], ["handover"], ["mark", "list"], ["audit"]] {
            let result = try run(words + ["--since", gone.id, "-o", "jsonl"])
            #expect(result.status == 0, "\(words): \(result)")
            if words == ["events"] {
                #expect(result.output.contains("\"kind\":\"firing\""), "\(result)")
            }
        }
        let tried = try run(["rules", "try", "memory.used > 0%", "--since", gone.id])
        #expect(tried.status == 0, "\(tried)")
        let open = try run(["audit", "--since", "00c0ffee"])
        #expect(open.status == 64 && open.errors.contains("--since: the hub knows no alert"), "\(open)")
    }
}
