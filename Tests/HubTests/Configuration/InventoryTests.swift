import Fleet
import Foundation
import Hub
import TestSupport
import Testing

@Suite struct `hosts.yaml` {
    private static func read(_ text: String) throws -> HostsFile {
        HostsFile(try StrictYAML.parse(text, file: "/etc/martlet/hosts.yaml"))
    }

    /// The reasons with their places, without the folder.
    private static func errors(_ text: String) throws -> [String] {
        try Inventory(read(text)).errors.map { $0.description.replacing("/etc/martlet/", with: "") }
    }

    /// The contract's own example, as it stands in docs/hosts-yaml.md.
    @Test func `takes every field of the example that its page gives`() throws {
        let page = try Repository.text("docs/hosts-yaml.md")
        let start = try #require(page.firstRange(of: "```yaml\n# hosts.yaml")).lowerBound
        let end = try #require(page[start...].firstRange(of: "\n```")).lowerBound
        let example = page[start..<end].split(separator: "\n").dropFirst().joined(separator: "\n")
        let file = try Self.read(example)
        #expect(file.errors == [])
        let inventory = Inventory(file)
        #expect(inventory.errors == [])
        #expect(
            inventory.targets.map(\.name) == [
                "db1.eu.example.net", "db2.eu.example.net", "edge-a.example.net", "edge-b.example.net",
                "edge-c.example.net", "here", "legacy", "web01.eu.example.net", "web02.eu.example.net",
                "web03.eu.example.net", "web04.eu.example.net", "web05.eu.example.net",
            ])
        for key in HostSettings.hostKeys + HostsFile.keys + HostsFile.sshKeys {
            #expect(example.contains("\(key):"), "the page's example leaves out \(key)")
        }
        let web = try #require(inventory["web05.eu.example.net"])
        #expect(web.destination == SSHDestination("web05.eu.example.net", user: "admin", port: 2222))
        #expect(web.tags == ["env": "prod", "role": "web"])
        #expect(web.agentConfiguration == "/etc/martlet/agents/web.conf")
        let db = try #require(inventory["db1.eu.example.net"])
        #expect(db.isProtected && db.usesSudo && db.jumps.map(\.address) == ["bastion.eu.example.net"])
        let edge = try #require(inventory["edge-b.example.net"])
        #expect(edge.intervalMilliseconds == 10_000 && edge.silentAfterMilliseconds == 180_000)
        #expect(edge.tags == ["env": "edge", "role": "edge"] && edge.expectation == .sometimes)
        let legacy = try #require(inventory["legacy"])
        #expect(legacy.agent == .copy && legacy.destination.address == "192.0.2.17")
        // ssh itself puts the home in the place of the `~`.
        #expect(legacy.destination.identity == "~/.ssh/legacy_ed25519")
        for target in inventory.targets { try target.check() }
        #expect(inventory["here"]?.connect == .local)
    }

    @Test(arguments: [
        ("hosts: {a: {usr: x}}", #"hosts.yaml:2:13: unknown key "usr"; did you mean "user"?"#),
        (
            "hosts: {a: {agent: /opt/a b}}",
            "hosts.yaml:2:20: agent: `/opt/a b` is no plain path on the host: letters, digits and . _ + - / alone"
        ),
        (
            "hosts: {a: {agent_dir: '/opt/$x'}}",
            "hosts.yaml:2:24: agent_dir: `/opt/$x` is no plain path on the host: letters, digits and . _ + - / alone"
        ),
        (
            "hosts: {a: {user: -oX}}",
            "hosts.yaml:2:19: user: `-oX` begins with -: a user begins with a letter or digit"
        ),
        (
            "hosts: {a: {address: ops@b}}",
            "hosts.yaml:2:22: address: `ops@b` holds an @: the user goes into the field user, as user: ops"
        ),
        ("hosts: {a: {port: 70000}}", "hosts.yaml:2:19: port: `70000` is not a whole number from 1 to 65535"),
        ("hosts: {a: {interval: 1}}", "hosts.yaml:2:23: interval: `1` has no unit: write 1s, 1m or 1h"),
        ("hosts: {a: {interval: 10m}}", "hosts.yaml:2:23: interval: 10m is not from 1s to 5m"),
        (
            "hosts: {a: {agent: opt}}",
            "hosts.yaml:2:20: agent: `opt` is none of auto, installed, copy, or an absolute path on the host"
        ),
        (
            "hosts: {a: {connect: lokal}}",
            "hosts.yaml:2:22: connect: `lokal` is none of ssh, local, off; did you mean local"
        ),
        (
            "hosts: {a: {tags: {instance: x}}}",
            "hosts.yaml:2:20: `instance` names something else on every series: take another word for the tag"
        ),
        (
            "hosts: {a: {links: {wiki: javascript:x}}}",
            "hosts.yaml:2:27: `javascript:x` is no address: write https://…"
        ),
        ("hosts: {web[4:1]: }", "is not YAML here"),
        ("hosts:\n  web[4:1]:", "hosts.yaml:3:3: `web[4:1]` falls: 4 to 1; write [1:4]"),
        ("hosts:\n  web[1:2]: {address: x}", "hosts.yaml:3:14: one address for 2 hosts: write each host out"),
        ("groups: {all: {}}", "hosts.yaml:2:10: `all` is no group name"),
        (
            "hosts: {a: {jump: [b, -c]}}",
            "hosts.yaml:2:23: jump: `-c` begins with -: a jump host begins with a letter or digit"
        ),
        ("hosts: [a]", "hosts.yaml:2:8: a mapping belongs here"),
        ("hosts:\n  a: {user: x}\n  a: {user: y}", "hosts.yaml:4:3: key \"a\" twice"),
        (
            "hosts:\n  a1: {user: x}\n  a[1:2]: {user: y}",
            "hosts.yaml:4:12: a1 has user `y` here and `x` at hosts.yaml:3:8; keep one"
        ),
    ])
    func `refuses what is wrong, where it stands`(text: String, reason: String) throws {
        do throws(ConfigurationError) {
            let file = HostsFile(try StrictYAML.parse("version: 1\n" + text, file: "hosts.yaml"))
            let reasons = Inventory(file).errors.map(\.description)
            #expect(reasons.count == 1)
            #expect(reasons.first?.hasPrefix(reason) == true, "\(reasons)")
        } catch {
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test func `names both lines where two groups give one field two values`() throws {
        let text = """
            version: 1
            groups:
              web:
                user: ops
                tags: {role: web}
                hosts: {a: , b: {user: x, tags: {role: both}}}
              db:
                user: root
                tags: {role: db}
                hosts: {a: , b: }
            """
        #expect(
            try Self.errors(text) == [
                "hosts.yaml:8:5: groups db and web give user two values: `root` here, `ops` at hosts.yaml:4:5, "
                    + "and hosts stand in both; say it on each of those hosts, or in one group",
                "hosts.yaml:9:12: groups db and web give tags.role two values: `db` here, `web` at hosts.yaml:5:12, "
                    + "and hosts stand in both; say it on each of those hosts, or in one group",
            ])
    }

    @Test func `is refused without its version, or with another`() throws {
        #expect(try Self.errors("hosts: {}") == ["hosts.yaml:1:1: version is missing: write version: 1"])
        #expect(
            try Self.errors("version: 2").first?.hasPrefix("hosts.yaml:1:10: version is the format") == true)
    }

    @Test func `is empty where it holds no hosts`() throws {
        #expect(try Inventory(Self.read("version: 1")).targets == [])
    }

    @Test func `takes a host's own word first, then its groups', the defaults, the inventory`() throws {
        let file = try Self.read(
            """
            version: 1
            defaults: {user: ops, tags: {env: prod}}
            groups:
              web: {port: 2222, tags: {role: web}, hosts: {a: {port: 22}}}
            """)
        let answer = try InventoryAnswer(
            ansible: JSONTree.parse(
                Data(
                    #"""
                    {"_meta": {"hostvars": {
                      "a": {"ansible_user": "x", "ansible_host": "192.0.2.7", "env": "dev", "rack": 7},
                      "b": {"ansible_port": 2022, "rack": "r1", "role": "x"}, "-bad": {}}},
                     "all": {"children": ["ungrouped", "eu"]}, "eu": {"children": ["web"]},
                     "web": {"hosts": ["a", "b"]}, "ungrouped": {"hosts": ["c"]}}
                    """#.utf8), file: "ansible"), tagsFrom: ["env", "rack", "role"])
        #expect(answer.remarks == ["1 host with names that ssh could misread left out: -bad"])
        let inventory = Inventory(file, answers: [answer])
        #expect(inventory.errors == [])
        #expect(inventory.targets.map(\.name) == ["a", "b", "c"])
        let a = try #require(inventory["a"])
        #expect(a.destination == SSHDestination("192.0.2.7", user: "ops", port: 22))
        #expect(a.tags == ["env": "prod", "rack": "7", "role": "web"] && a.groups == ["eu", "web"])
        let b = try #require(inventory["b"])
        #expect(b.destination.port == 2222 && b.tags == ["env": "prod", "rack": "r1", "role": "web"])
        #expect(inventory["c"]?.groups == [])
    }

    @Test func `takes an inventory in its own format`() throws {
        let root = try StrictYAML.parse(
            #"{"version": 1, "groups": {"web": {"tags": {"role": "web"}, "hosts": {"web[1:2]": {}}}}}"#,
            file: "mine")
        let inventory = Inventory(try Self.read("version: 1"), answers: [try InventoryAnswer(martlet: root)])
        #expect(inventory.targets.map(\.name) == ["web1", "web2"])
        #expect(inventory["web2"]?.tags == ["role": "web"])
        let bad = try StrictYAML.parse(#"{"version": 1, "ssh": {}}"#, file: "mine")
        #expect(throws: ConfigurationErrors.self) { try InventoryAnswer(martlet: bad) }
    }

    @Test func `reaches a jump host as the file says`() throws {
        let inventory = try Inventory(
            Self.read(
                "version: 1\nhosts:\n  j: {address: 192.0.2.1, user: hop, port: 2200}\n  a: {jump: [j, k]}"))
        #expect(
            inventory["a"]?.jumps == [
                SSHDestination("192.0.2.1", user: "hop", port: 2200), SSHDestination("k"),
            ])
    }
}
