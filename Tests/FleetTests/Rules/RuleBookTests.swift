import Fleet
import Testing

@Suite struct `A book of rules` {
    @Test func `has all shipped rules without a file`() {
        let book = RuleBook.shipped
        #expect(book.rules.map(\.name) == ShippedRules.table.map(\.name))
        #expect(book.rules.allSatisfy { $0.isShipped && book.hooks(of: $0).isEmpty })
        for (rule, row) in zip(book.rules, ShippedRules.table) {
            #expect(rule.condition.printed == row.when)
        }
        #expect(book.rules.filter(\.isHostSilent).map(\.name) == ["HostSilent"])
        #expect(book.rules.filter(\.isHubCutOff).map(\.name) == ["HubCutOff"])
        #expect(
            book.rules.filter(\.isDisturbedByActions).map(\.name) == [
                "HostSilent", "ProbeDown", "UnitFailed",
            ])
    }

    @Test func `is read whole from an example with every field`() throws {
        let book = try RuleBook(Self.example, tags: ["role"])
        #expect(book.hooks.hooks.keys.sorted() == ["chat", "incident", "page"])
        #expect(book.hooks.heartbeat?.every == .seconds(60))
        #expect(book.hooks.notify == [.critical: ["page", "chat"], .warning: ["chat"], .info: []])
        let own = book.rules.filter { !$0.isShipped }
        #expect(own.map(\.name) == ["ShopErrors", "QueueStuck", "DiskFull", "CpuBusy"])
        #expect(own[0].clear.comparison?.printed == "http.error_ratio < 2%")
        #expect(own[0].clear.hold == .seconds(300))
        #expect(own[0].hooks == ["page"])
        #expect(book.hooks(of: own[1]) == ["chat"])
        #expect(own[3].condition == .never)
        #expect(book.rules.count == own.count + ShippedRules.table.count)
    }

    @Test(arguments: [
        (["name": "A", "when": "cpu > 90"], "rules.yaml:10:21: when: cpu is a ratio: write 90%"),
        (["name": "A b", "when": "never"], "no rule's name"), (["when": "never"], "name is missing"),
        (["name": "A"], "when is missing"), (["name": "A", "wen": "never"], #"did you mean "when"?"#),
        (
            ["name": "A", "expr": "up == 0"],
            "rules.yaml:9:15: arithmetic between signals is what PromQL is for: `expr:` instead of `when:`"
        ),
        (["name": "A", "when": "never", "for": "5m"], "a part of when"),
        (
            ["name": "A", "when": "http.error_ratio > 5%", "clear": "http.error_ratio < 6%"],
            "clear 6% lies above the alarm 5%: it would never settle"
        ),
        (["name": "A", "when": "cpu > 5%", "clear": "memory.used < 2%"], "write cpu"),
        (["name": "A", "when": "cpu > 5%", "clear": "cpu > 2%"], "the other way: write cpu < 2%"),
        (["name": "A", "when": "unit.failed == 1", "clear": "unit.failed == 0"], "has no clear line"),
        (
            ["name": "A", "when": "cpu > 5%", "clear": "cpu < 2%", "clear_for": "5m"],
            "of rules without clear"
        ),
        (["name": "A", "when": "cpu > 5%", "by": "servce"], "one per host"),
        (["name": "A", "when": "http.rate > 5/s", "by": "servce"], "did you mean service"),
        (["name": "A", "when": "series x > 5", "by": "host"], "leave by out"),
        (["name": "A", "when": "cpu > 5%", "notify": "pag"], "no hook \"pag\" is defined"),
        (["name": "A", "when": "cpu > 5%", "severity": "critcal"], "did you mean"),
        (["name": "A", "when": "cpu > 5%", "summary": "{mount} is full"], "unknown placeholder {mount}"),
        (["name": "A", "when": "cpu > 5%", "summary": "{vlue}"], "did you mean {value}?"),
        (["name": "A", "when": "cpu > 5%", "summary": "{value"], "not closed"),
        (["name": "A", "when": "cpu > 5%", "where": "role="], "a value is missing"),
        (["name": "A", "when": "cpu > 5%", "no_data": "ok"], "none of keep, alert, resolve"),
    ])
    func `is refused whole, with the place and what to write`(rule: [String: String], reason: String) {
        let alerts = Tree.list([
            Tree.mapping(rule.sorted { $0.key < $1.key }.map { ($0.key, Tree.scalar($0.value)) })
        ])
        let root = Tree.mapping([
            ("version", Tree.scalar("1")),
            ("hooks", Tree.mapping([("page", Tree.mapping([("run", Tree.list([Tree.scalar("x")]))]))])),
            ("alerts", alerts),
        ])
        do {
            _ = try RuleBook(root.node())
            Issue.record("\(rule) was taken")
        } catch {
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test func `fills placeholders, and prints what is empty as a dash`() throws {
        let template = try SummaryTemplate("{service}: {value} {{of}} {team}{none}")
        let values = ["service": "shop", "value": "7.3%", "team": ""]
        #expect(template.filled { values[$0] } == "shop: 7.3% {of} --")
    }

    private static let example = Tree.mapping([
        ("version", .scalar("1")), ("run_hooks", .scalar("hub")), ("shipped", .scalar("yes")),
        (
            "hooks",
            .mapping([
                (
                    "page",
                    .mapping([
                        ("run", .list([.scalar("hooks/page.sh")])), ("secret", .scalar("secrets/page.token")),
                        ("timeout", .scalar("20s")), ("retry_for", .scalar("1h")), ("gather", .scalar("30s")),
                        ("repeat", .scalar("30m")),
                        ("send", .list([.scalar("firing"), .scalar("resolved")])),
                    ])
                ),
                (
                    "chat",
                    .mapping([("run", .list([.scalar("hooks/webhook.sh")])), ("gather", .scalar("1m"))])
                ),
                (
                    "incident",
                    .mapping([("shell", .scalar("date >> x")), ("send", .list([.scalar("firing")]))])
                ),
            ])
        ),
        (
            "notify",
            .mapping([
                ("critical", .list([.scalar("page"), .scalar("chat")])),
                ("warning", .list([.scalar("chat")])),
                ("info", .list([])),
            ])
        ),
        ("heartbeat", .mapping([("run", .list([.scalar("hooks/heartbeat.sh")])), ("every", .scalar("1m"))])),
        ("defaults", .mapping([("severity", .scalar("warning")), ("clear_for", .scalar("1m"))])),
        (
            "alerts",
            .list([
                .mapping([
                    ("name", .scalar("ShopErrors")),
                    ("when", .scalar("http.error_ratio > 5% and http.errors > 0.2/s for 2m")),
                    ("clear", .scalar("http.error_ratio < 2% for 5m")),
                    ("where", .scalar("role=web service=shop")),
                    ("by", .list([.scalar("service")])), ("severity", .scalar("critical")),
                    (
                        "summary",
                        .scalar("{service}: {value} of requests fail on {role} (limit {threshold}) {team}")
                    ),
                    ("notify", .list([.scalar("page")])), ("labels", .mapping([("team", .scalar("shop"))])),
                ]),
                .mapping([
                    ("name", .scalar("QueueStuck")),
                    ("when", .scalar("series shop_queue_depth{queue=mail} > 5000 for 10m")),
                ]),
                .mapping([
                    ("name", .scalar("DiskFull")), ("where", .scalar("role=backup")),
                    ("when", .scalar("disk.used > 99% for 30m")),
                ]),
                .mapping([
                    ("name", .scalar("CpuBusy")), ("where", .scalar("role=batch")),
                    ("when", .scalar("never")),
                ]),
            ])
        ),
    ]).node()
}

/// A tree to be written in a test: every node gets a line of its own, and its column is 13.
private indirect enum Tree {
    case scalar(String)
    case list([Tree])
    case mapping([(String, Tree)])

    func node() -> ConfigurationNode {
        var line = 0
        return node(&line)
    }

    private func node(_ line: inout Int) -> ConfigurationNode {
        line += 1
        let place = Place(file: "rules.yaml", line: line, column: 15)
        switch self {
        case .scalar(let text): return ConfigurationNode(place, .scalar(text))
        case .list(let items): return ConfigurationNode(place, .list(items.map { $0.node(&line) }))
        case .mapping(let entries):
            return ConfigurationNode(
                place,
                .mapping(
                    entries.map { key, value in
                        let node = value.node(&line)
                        return ConfigurationNode.Entry(key: key, keyPlace: node.place, value: node)
                    }))
        }
    }
}
