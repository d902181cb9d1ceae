import Fleet
import HubClient
import TestSupport
import Testing

@Suite struct `The hosts of a configuration folder` {
    private static let file = """
        version: 1
        defaults: {connect: off}
        groups:
          web: {tags: {role: web}, hosts: {"web[1:2]": }}
          db: {tags: {role: db}, hosts: {db1.eu.example.net: {note: old}}}
        """

    @Test func `are all watched where no word names some`() async throws {
        try await ConfiguredHub.with(Self.file) { (hub) async throws in
            #expect(try await hub.names == ["db1.eu.example.net", "web1", "web2"])
            #expect(
                await Eventually.comes {
                    (try? await hub.client.hosts().allSatisfy { $0.state == .off }) ?? false
                })
            let db = try #require(try await hub.client.hosts().first { $0.host.hasPrefix("db1") })
            #expect(db.groups == ["db"] && db.tags == ["role": "db"] && db.note == "old")
        }
    }

    @Test func `are watched as words mean them: groups, short names, selectors, and destinations of ssh`()
        async throws
    {
        try await ConfiguredHub.with(Self.file, words: ["role=db"]) { (hub) async throws in
            #expect(try await hub.names == ["db1.eu.example.net"])
            #expect(try await hub.client.addHosts(["db1"]).map(\.host) == ["db1.eu.example.net"])
            #expect(try await hub.client.addHosts(["web", "web1"]).map(\.host) == ["web1", "web2"])
            #expect(try await hub.client.addHosts(["role=web not web2"]).map(\.host) == ["web1"])
            #expect(try await hub.client.addHosts(["other.invalid"]).map(\.host) == ["other.invalid"])
            #expect(try await hub.names == ["db1.eu.example.net", "other.invalid", "web1", "web2"])
            for (word, reason) in [
                ("role=wbe", "did you mean web"), ("rol=web", "did you mean role"),
                ("web and", "something must follow"),
                ("-oProxyCommand=x", "unknown key"),
            ] {
                let error = await #expect(throws: HubClientError.self) {
                    try await hub.client.addHosts([word])
                }
                #expect(
                    error?.description.contains(reason) == true, "\(word): \(error.map { "\($0)" } ?? "")")
            }
            #expect(try await hub.client.addHosts([]).count == 3)
        }
    }

    @Test func `are the file's alone to take away; those that were named besides go when they are forgotten`()
        async throws
    {
        try await ConfiguredHub.with(Self.file) { (hub) async throws in
            _ = try await hub.client.addHosts(["wbe1.invalid", "other.invalid"])
            for (names, reason) in [
                (["wbe1.invalid", "web1"], "web1 is of hosts.yaml: take it out there"),
                (["wbe1.invalid", "nobody"], "no host \"nobody\" is known"),
            ] {
                let error = await #expect(throws: HubClientError.self) {
                    try await hub.client.forget(names)
                }
                let text = error?.description ?? ""
                #expect(text.contains(reason), "\(names): \(text)")
            }
            #expect(try await hub.client.hosts().count == 5)
            try await hub.client.forget(["wbe1.invalid"])
            #expect(try await hub.names == ["db1.eu.example.net", "other.invalid", "web1", "web2"])
            _ = try await hub.client.addHosts(["wbe1.invalid"])
            #expect(try await hub.client.hosts().count == 5)
        }
    }

    @Test func `change at a reload whole or not at all`() async throws {
        try await ConfiguredHub.with(Self.file) { (hub) async throws in
            try hub.write("version: 1\ndefaults: {connect: off}\nhosts:\n  a: {usr: x}\n  b: {port: 0}\n")
            var report = try await hub.client.reload()
            #expect(report.errors.count == 2)
            #expect(
                report.errors.first?.hasSuffix(
                    #"config/hosts.yaml:4:7: unknown key "usr"; did you mean "user"?"#) == true)
            #expect(try await hub.names == ["db1.eu.example.net", "web1", "web2"])
            try hub.write(
                """
                version: 1
                defaults: {connect: off}
                groups:
                  web: {tags: {role: api}, hosts: {"web[2:3]": }}
                  db: {tags: {role: db}, hosts: {db1.eu.example.net: {user: x}}}
                """)
            report = try await hub.client.reload()
            #expect(
                report.changes == [
                    "1 host new (web3)", "1 host gone (web1)",
                    "1 host reached otherwise: dialled anew (db1.eu.example.net)",
                    "1 host with other groups, tags or notes (web2)",
                ])
            #expect(try await hub.names == ["db1.eu.example.net", "web2", "web3"])
            #expect(try await hub.client.hosts().first { $0.host == "web2" }?.tags == ["role": "api"])
            #expect(
                try await hub.client.configuration().hosts.map(\.name) == [
                    "db1.eu.example.net", "web2", "web3",
                ])
        }
    }

    @Test func `come from inventory commands, whose last good answer stays`() async throws {
        try await ConfiguredHub.with(
            """
            version: 1
            defaults: {connect: off}
            inventory:
              - {run: [/bin/sh, ./list], format: martlet, timeout: 30s}
            groups:
              web: {tags: {role: web}}
            """
        ) { (hub) async throws in
            try hub.script(
                "list", #"echo '{"version": 1, "groups": {"web": {"hosts": {"web[1:2]": {}}}}}'"#)
            #expect(try await hub.client.reload().errors == [])
            #expect(try await hub.names.contains("web2"))
            #expect(try await hub.client.hosts().first { $0.host == "web1" }?.tags == ["role": "web"])
            try hub.script("list", "echo broken >&2; exit 3")
            let report = try await hub.client.reload()
            #expect(report.errors == [])
            #expect(
                report.warnings.first?.contains(
                    "ended with status 3: broken; its answer of 0 minutes ago stays")
                    == true, "\(report.warnings)")
            #expect(report.hosts.map(\.name) == ["web1", "web2"])
            #expect(report.changes == [], "that it does not answer changes no host")
            #expect(try await hub.client.hosts().first { $0.host == "web1" }?.inventoryAnsweredAt != nil)
            #expect(
                try await hub.client.hosts().first { $0.host != "web1" && $0.host != "web2" }?
                    .inventoryAnsweredAt == nil)
            try hub.script("list", "sleep 60 & sleep 60")
            try hub.write("version: 1\ninventory: [{run: [/bin/sh, ./list], format: martlet, timeout: 1s}]")
            #expect(try await hub.client.reload().warnings.first?.contains("did not end within 1 s") == true)
        }
    }
}

@Suite struct `The rules of a configuration folder` {
    private static let hosts = "version: 1\nhosts: {here: {connect: off}}\n"
    private static let rules = """
        version: 1
        shipped: no
        hooks:
          log: {shell: "cat > told"}
        notify: {critical: [log]}
        alerts:
          - {name: Busy, when: cpu > 90%, severity: critical}
        """

    @Test func `are read at the start, and again at a reload`() async throws {
        try await ConfiguredHub.with(Self.hosts, rules: Self.rules) { (hub) async throws in
            #expect(try await hub.client.rules().map(\.condition) == ["cpu > 90%"])
            #expect(try await hub.client.alerts().runsHooks)
            try hub.write(
                """
                version: 1
                shipped: no
                alerts:
                  - {name: Busy, when: cpu > 80%}
                  - {name: Full, when: disk.used > 80%}
                """, as: "rules.yaml")
            let report = try await hub.client.reload()
            #expect(report.errors == [])
            #expect(
                report.changes == [
                    "1 rule new (Full)", "1 rule changed and keeps its pending time (Busy)",
                    "1 hook gone (log)", "other words of notify critical",
                ])
            #expect(try await hub.client.rules().map(\.name) == ["Busy", "Full"])
            #expect(try await hub.client.alerts().runsHooks == false)
        }
    }

    @Test func `stay in force when the new ones have an error, and it is told with its place`() async throws {
        try await ConfiguredHub.with(Self.hosts, rules: Self.rules) { (hub) async throws in
            try hub.write("version: 1\nalerts:\n  - {name: Busy, when: cpu > 90}\n", as: "rules.yaml")
            try hub.write("version: 1\nhosts: {other: {connect: off}}\n")
            let report = try await hub.client.reload()
            #expect(report.errors.count == 1)
            #expect(report.errors.first?.contains("config/rules.yaml:3:") == true)
            #expect(report.errors.first?.contains("90%") == true)
            #expect(try await hub.client.rules().map(\.condition) == ["cpu > 90%"])
            #expect(try await hub.names == ["here"])
        }
    }

    @Test func `leave the hosts watched where they are wrong at the start, under the shipped ones`()
        async throws
    {
        try await ConfiguredHub.with(Self.hosts, rules: "version: 1\nalerst: []\n") { (hub) async throws in
            #expect(try await hub.names == ["here"])
            #expect(try await hub.client.rules().contains { $0.name == "HostSilent" })
            #expect(
                try await hub.client.configuration().errors.first?.hasSuffix(
                    #"rules.yaml:2:1: unknown key "alerst"; did you mean "alerts"?"#) == true)
        }
    }

    @Test func `stand beside rollouts, which are taken over with them, whole or not at all`() async throws {
        try await ConfiguredHub.with(Self.hosts, rules: Self.rules) { (hub) async throws in
            try hub.write(
                """
                version: 1
                rollouts:
                  web: {where: role=web, action: deploy, on_failure: halt}
                  db: {where: role=db, action: x, on_failure: halt}
                """,
                as: "rollouts.yaml")
            #expect(try await hub.client.reload().changes == ["2 rollouts new (web, db)"])
            #expect(try await hub.client.configuration().rollouts?.map(\.name) == ["web", "db"])
            try hub.write(
                "version: 1\nrollouts: {web: {where: role=web, on_failure: halt}}\n", as: "rollouts.yaml")
            let refused = try await hub.client.reload()
            #expect(refused.errors.first?.contains("config/rollouts.yaml:2:17: action is missing") == true)
            #expect(try await hub.client.configuration().rollouts?.map(\.action) == ["deploy", "x"])
            try hub.write(
                "version: 1\nrollouts: {web: {where: role=web, action: y, on_failure: halt}}\n",
                as: "rollouts.yaml")
            #expect(
                try await hub.client.reload().changes == [
                    "1 rollout gone (db)", "1 rollout changed, for those that are started from now on (web)",
                ])
        }
    }

    @Test func `silence by tags and groups of their hosts`() async throws {
        try await ConfiguredHub.with(
            "version: 1\nhosts: {here: {connect: off, tags: {role: web}}}\n", rules: Self.rules
        ) { (hub) async throws in
            let answer = try await hub.client.silence(
                SilenceRequest(selector: "role=web", milliseconds: 60_000, by: "jo"))
            #expect(answer.silence?.selector == "role=web" && answer.hides.isEmpty)
        }
    }

    private static let sent = """
        version: 1
        defaults: {connect: off}
        groups:
          web: {agent_conf: agents/web.conf, hosts: {web1: , web2: {interval: 2s}}}
        """

    @Test func `get the interval of the agent_conf that is sent to them, unless their file says another`()
        async throws
    {
        try await ConfiguredHub.with(Self.sent) { (hub) async throws in
            try hub.write(
                "[agent]\ninterval = 30s\n[log shop]\npath = /var/log/shop.log\n", as: "agents/web.conf")
            let report = try await hub.client.reload()
            #expect(report.errors == [] && report.warnings == [], "\(report)")
            #expect(report.hosts.map(\.intervalMilliseconds) == [30_000, 2000])
            #expect(report.hosts.map(\.silentAfterMilliseconds) == [90_000, 60_000])
            // Its text is what is sent: with another one the hosts are dialled anew.
            try hub.write("[log shop]\npath = /var/log/shop2.log\n", as: "agents/web.conf")
            let changes = try await hub.client.reload().changes
            #expect(changes == ["2 hosts reached otherwise: dialled anew (web1, web2)"])
        }
    }

    @Test(
        arguments: [
            (nil, "agents/web.conf: agent_conf of hosts.yaml names it, and it is not there"),
            ("[action x]\nabout = x\nrun = /x\n", "agents/web.conf:1:1: [action x] is not sent to hosts"),
            ("[log x]\npath = /x\npatern = y\n", "agents/web.conf:3:1: unknown key \"patern\""),
            ("#", "has more than 64 KiB"),
        ] as [(String?, String)])
    func `stay as they are where an agent_conf is wrong`(_ row: (text: String?, part: String)) async throws {
        try await ConfiguredHub.with("version: 1\nhosts: {here: {connect: off}}\n") { (hub) async throws in
            try hub.write(Self.sent)
            // The one of one character stands for very many of them.
            let text = row.text.map { $0 == "#" ? String(repeating: $0, count: 65_537) : $0 }
            if let text { try hub.write(text, as: "agents/web.conf") }
            let report = try await hub.client.reload()
            #expect(report.errors.count == 1 && report.errors[0].contains(row.part), "\(report.errors)")
            #expect(try await hub.names == ["here"])
        }
    }
}
