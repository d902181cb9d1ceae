import Fleet
import Hub
import Telemetry
import Testing

@Suite struct `The plan of a rollout` {
    private static func listing(
        _ host: String, isConnected: Bool = true, _ parameters: [(String, String)] = [("version", "version")]
    ) throws -> ActionListing {
        let parameters = try parameters.map {
            DeclaredAction.Parameter(name: $0, type: try ActionParameter($1))
        }
        func action(_ name: String, _ parameters: [DeclaredAction.Parameter] = []) -> DeclaredAction {
            DeclaredAction(
                name: name, about: name, danger: .service, lock: "", user: "", timeoutMilliseconds: 60_000,
                expectsReboot: false, returnMilliseconds: 0, parameters: parameters)
        }
        return ActionListing(
            host: host,
            HostActions(actions: [action("deploy", parameters), action("drain"), action("back")]),
            isConnected: isConnected)
    }

    private static let names = ["web1", "web2", "web10", "canary", "db1"]

    private static func facts(away: Set<String> = []) throws -> RolloutFacts {
        RolloutFacts(
            attributes: names.map { name in
                HostAttributes(
                    name: name, groups: [], tags: ["role": name == "db1" ? "db" : "web"])
            },
            listings: try names.map { try listing($0, isConnected: !away.contains($0)) },
            probes: Dictionary(
                uniqueKeysWithValues: names.map { ($0, ProbeReading(isGood: true, version: "1", askedAt: 0)) }
            ))
    }

    private static func web(_ change: (inout RolloutDefinition) -> Void = { _ in }) -> RolloutDefinition {
        var definition = RolloutDefinition("web", hosts: "role=web", action: "deploy")
        definition.parameters = [RolloutDefinition.Parameter("version")]
        definition.batches = [.hosts(1), .percent(50), .all]
        change(&definition)
        return definition
    }

    private static func plan(
        _ definition: RolloutDefinition, _ facts: RolloutFacts,
        _ parameters: [String: String] = ["version": "2"]
    ) throws -> (plan: RolloutPlan, obstacles: [RolloutObstacle]) {
        var planner = RolloutPlanner(definition, facts)
        let plan = try planner.plan(
            RolloutRequest(name: "web", parameters: parameters), id: "r", actor: "anna", createdAt: 7)
        return (plan, planner.obstacles)
    }

    @Test
    func
        `has the hosts that it takes in batches, in the order of names as people count, the first ones first`()
        throws
    {
        let facts = try Self.facts()
        #expect(
            try Self.plan(Self.web(), facts).plan.batches == [["canary"], ["web1"], ["web2", "web10"]])
        let first = try Self.plan(Self.web { $0.first = "host=web10" }, facts).plan
        #expect(first.batches == [["web10"], ["canary"], ["web1", "web2"]])
        #expect(first.versionsBefore["web10"] == "1" && first.actor == "anna" && first.createdAt == 7)
    }

    @Test func `fills what has a first value in`() throws {
        let definition = Self.web { $0.parameters = [.init("version", initial: "9")] }
        #expect(try Self.plan(definition, Self.facts(), [:]).plan.parameters == ["version": "9"])
    }

    @Test(arguments: [
        (["version": "2", "mode": "x"], "web has no parameter mode; it has version"),
        ([:], "web needs version: give --param version=VALUE"), (["version": "a b"], "canary: "),
    ])
    func `refuses parameters that the actions do not take`(given: [String: String], words: String) throws {
        let facts = try Self.facts()
        #expect { _ = try Self.plan(Self.web(), facts, given) } throws: { error in
            guard case RolloutError.parameter(let text) = error else { return false }
            return text.hasPrefix(words)
        }
    }

    @Test func `refuses hosts that cannot do all of it, by name`() throws {
        let facts = try Self.facts()
        for (definition, words) in [
            (Self.web { $0.hosts = "role=cache" }, "takes no host"),
            (
                Self.web { $0.action = "deploi" },
                "canary: declares no action deploi; it declares deploy, drain, back"
            ),
            (Self.web { $0.rollback = .init(action: "undo") }, "canary: declares no action undo"),
            (Self.web { $0.after = "undrain" }, "canary: declares no action undrain"),
        ] {
            #expect("\(words)") { _ = try Self.plan(definition, facts) } throws: { error in
                guard case RolloutError.hosts(let text) = error else { return false }
                return text.contains(words)
            }
        }
        var blind = facts
        blind.probes["web2"] = nil
        let probed = Self.web { $0.health = .init(probe: "web", within: 1000) }
        #expect(
            throws: RolloutError.hosts("web2: has no [probe web] in its agent.conf, and health asks for it")
        ) {
            _ = try Self.plan(probed, blind)
        }
    }

    @Test func `refuses hosts that declare the action with other parameters, whichever are given`() throws {
        func declared(_ parameters: [(String, String)]) throws -> RolloutFacts {
            var facts = try Self.facts()
            let place = try #require(facts.listings.firstIndex { $0.host == "web2" })
            facts.listings[place] = try Self.listing("web2", parameters)
            return facts
        }
        for (parameters, words) in [
            (
                [("version", "version"), ("mode", "word default safe")],
                "version = version, mode = word default safe"
            ),
            ([("version", "word")], "version = word"),
            ([("version", "version default 1")], "version = version default 1"),
        ] {
            let error = RolloutError.hosts(
                "web2: deploy takes \(words), but on canary deploy takes version = version; "
                    + "every host must declare it with the same parameters")
            let facts = try declared(parameters)
            #expect(throws: error) { _ = try Self.plan(Self.web(), facts) }
        }
        #expect(try Self.plan(Self.web(), declared([("version", " version ")])).obstacles == [])
    }

    @Test func `names what stands in the way now: hosts that are away, and a closed window`() throws {
        let away = try Self.facts(away: ["web2"])
        #expect(try Self.plan(Self.web(), away).obstacles == [.away("not connected: web2")])
        #expect(try Self.plan(Self.web { $0.allowFailed = .hosts(1) }, away).obstacles == [])
        var facts = try Self.facts()
        facts.weekday = 5
        facts.minute = 16 * 60
        let closed = Self.web { $0.notDuring = [WeekWindow("Fri 16:00-24:00")].compactMap { $0 } }
        #expect(
            try Self.plan(closed, facts).obstacles == [
                .closed("it is Fri 16:00-24:00, and not_during says not then")
            ])
        facts.minute -= 1
        #expect(try Self.plan(closed, facts).obstacles == [])
    }

    @Test func `of taking one back goes over the hosts that it changed, newest first, without a gate`() throws
    {
        let definition = Self.web {
            $0.rollback = .init(action: "back", atOnce: 2)
            $0.gate = ["cpu < 90%"]
            $0.bake = 60_000
        }
        let plan = try Self.plan(definition, Self.facts()).plan
        let undo = try RolloutPlanner.undo(
            plan, changed: ["canary", "web1"], id: "u", actor: "bert", reason: "slow", createdAt: 9)
        #expect(undo.batches == [["web1", "canary"]] && undo.undoes == "r")
        #expect(undo.definition.action == "back" && undo.definition.atOnce == 2)
        #expect(undo.definition.gate.isEmpty && undo.definition.bake == 0 && undo.parameters.isEmpty)
        #expect(undo.versionsBefore == plan.versionsBefore)
        #expect(throws: RolloutError.self) {
            _ = try RolloutPlanner.undo(plan, changed: [], id: "u", actor: "", reason: "", createdAt: 9)
        }
        var stuck = plan
        stuck.definition.rollback = nil
        #expect(throws: RolloutError.self) {
            _ = try RolloutPlanner.undo(
                stuck, changed: ["web1"], id: "u", actor: "", reason: "", createdAt: 9)
        }
    }
}
