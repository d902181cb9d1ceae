package import Fleet
import Foundation
import Glibc
import Telemetry

/// What a planner must know of the hosts, as it is at one moment.
package struct RolloutFacts: Sendable {
    /// All hosts of the hub.
    package var attributes: [HostAttributes]
    package var listings: [ActionListing]
    /// What the health probe says on each host that has it.
    package var probes: [String: ProbeReading]
    /// By the hub's local clock.
    package var weekday: Int
    package var minute: Int

    package init(
        attributes: [HostAttributes], listings: [ActionListing], probes: [String: ProbeReading] = [:],
        weekday: Int = 3, minute: Int = 720
    ) {
        self.attributes = attributes
        self.listings = listings
        self.probes = probes
        self.weekday = weekday
        self.minute = minute
    }

    /// 0 is Sunday; minutes since midnight.
    static func localTime(_ milliseconds: Int64) -> (weekday: Int, minute: Int) {
        var seconds = time_t(milliseconds / 1000)
        var local = tm()
        localtime_r(&seconds, &local)
        return (Int(local.tm_wday), Int(local.tm_hour) * 60 + Int(local.tm_min))
    }
}

/// What stands in the way of starting a rollout now, and another moment may change.
package enum RolloutObstacle: Hashable, Sendable {
    case locked(String)
    case closed(String)
    case away(String)

    package var text: String {
        switch self {
        case .locked(let text), .closed(let text), .away(let text): text
        }
    }
}

/// Makes a plan of a definition, a request and what is known of the hosts; or says why there is none.
package struct RolloutPlanner {
    let definition: RolloutDefinition
    let facts: RolloutFacts

    package private(set) var obstacles: [RolloutObstacle] = []

    package init(_ definition: RolloutDefinition, _ facts: RolloutFacts) {
        self.definition = definition
        self.facts = facts
    }

    package mutating func plan(
        _ request: RolloutRequest, id: String, actor: String, createdAt: Int64
    ) throws(RolloutError) -> RolloutPlan {
        let parameters = try parameters(request.parameters)
        let names = try hosts()
        try checkActions(names, parameters)
        checkWindow()
        var definition = definition
        definition.approveAfter = definition.approvalBatch(of: names)
        return RolloutPlan(
            id: id, definition, parameters: parameters,
            batches: BatchStep.batches(of: names, definition.batches), actor: actor, reason: request.reason,
            createdAt: createdAt, versionsBefore: versions(names))
    }

    // MARK: Parts of it

    private func parameters(_ given: [String: String]) throws(RolloutError) -> [String: String] {
        let known = definition.parameters.map(\.name)
        for name in given.keys.sorted() where !known.contains(name) {
            throw .parameter(
                known.isEmpty
                    ? "\(definition.name) takes no parameter, so not \(name)"
                    : "\(definition.name) has no parameter \(name); it has \(known.joined(separator: ", "))")
        }
        var values: [String: String] = [:]
        for parameter in definition.parameters {
            guard let value = given[parameter.name] ?? parameter.initial else {
                throw .parameter(
                    "\(definition.name) needs \(parameter.name): give --param \(parameter.name)=VALUE")
            }
            values[parameter.name] = value
        }
        return values
    }

    /// In the order in which they are changed.
    private func hosts() throws(RolloutError) -> [String] {
        let wanted = try selected(definition.hosts, "where")
        guard !wanted.isEmpty else {
            throw .hosts("where: \(definition.hosts) takes no host of this hub; see martlet hosts")
        }
        let first = definition.first.isEmpty ? [] : Set(try selected(definition.first, "first"))
        return wanted.sorted { left, right in
            let (leads, follows) = (first.contains(left), first.contains(right))
            return leads == follows ? NaturalOrder.isBefore(left, right) : leads
        }
    }

    private func selected(_ text: String, _ key: String) throws(RolloutError) -> [String] {
        let selector: Selector
        do throws(QueryError) {
            selector = try Selector(text)
        } catch {
            throw .hosts("\(key): \(text): \(error)")
        }
        return facts.attributes.filter { selector.matches($0) }.map(\.name)
    }

    /// Every host that can be asked declares every action with these parameters; those that cannot are an obstacle where
    /// more of them are away than may fail.
    private mutating func checkActions(
        _ names: [String], _ parameters: [String: String]
    ) throws(RolloutError) {
        let listings = Dictionary(facts.listings.map { ($0.host, $0) }) { first, _ in first }
        var away: [String] = []
        var first: (host: String, action: DeclaredAction)?
        for name in names {
            guard let listing = listings[name], listing.isConnected else {
                away.append(name)
                continue
            }
            guard listing.refusal.isEmpty else { throw .hosts("\(name): \(listing.refusal)") }
            let action = try check(definition.action, parameters, listing)
            let model = first ?? (name, action)
            first = model
            guard Self.takesTheSame(action, model.action) else {
                throw .hosts(
                    "\(name): \(Self.words(action)), but on \(model.host) \(Self.words(model.action)); "
                        + "every host must declare it with the same parameters")
            }
            for action in [definition.before, definition.after, definition.rollback?.action] {
                if let action { _ = try check(action, [:], listing) }
            }
            if let probe = definition.health?.probe, facts.probes[name] == nil {
                throw .hosts("\(name): has no [probe \(probe)] in its agent.conf, and health asks for it")
            }
        }
        if away.count > definition.allowFailed.count(of: names.count) {
            obstacles.append(.away("not connected: \(away.joined(separator: ", "))"))
        }
    }

    private func check(
        _ name: String, _ parameters: [String: String], _ listing: ActionListing
    ) throws(RolloutError) -> DeclaredAction {
        guard let action = listing.declared.first(where: { $0.name == name }) else {
            let known = listing.actions.map(\.name).joined(separator: ", ")
            throw .hosts(
                "\(listing.host): declares no action \(name)"
                    + (known.isEmpty
                        ? "; put [action] sections into its agent.conf" : "; it declares \(known)"))
        }
        do throws(ActionError) {
            _ = try action.filled(parameters.map { Label($0.key, $0.value) }.sorted())
        } catch {
            throw .parameter("\(listing.host): \(error.description)")
        }
        return action
    }

    /// However they are written and in whatever order.
    private static func takesTheSame(_ left: DeclaredAction, _ right: DeclaredAction) -> Bool {
        let (left, right) = (
            left.parameters.sorted { $0.name < $1.name }, right.parameters.sorted { $0.name < $1.name }
        )
        return left.count == right.count
            && zip(left, right).allSatisfy {
                $0.name == $1.name && $0.type.kind == $1.type.kind && $0.type.standard == $1.type.standard
            }
    }

    private static func words(_ action: DeclaredAction) -> String {
        let parameters = action.parameters.map { "\($0.name) = \($0.type.text)" }
        return
            "\(action.name) takes \(parameters.isEmpty ? "no parameter" : parameters.joined(separator: ", "))"
    }

    private mutating func checkWindow() {
        let closed = definition.notDuring.first {
            $0.contains(weekday: facts.weekday, minute: facts.minute)
        }
        if let closed { obstacles.append(.closed("it is \(closed), and not_during says not then")) }
    }

    private func versions(_ names: [String]) -> [String: String] {
        var versions: [String: String] = [:]
        for name in names {
            if let version = facts.probes[name]?.version, !version.isEmpty { versions[name] = version }
        }
        return versions
    }

    // MARK: The way back of one that has ended

    /// A plan that takes back what `plan` changed, over the hosts that it changed, newest first.
    package static func undo(
        _ plan: RolloutPlan, changed: [String], id: String, actor: String, reason: String, createdAt: Int64
    ) throws(RolloutError) -> RolloutPlan {
        guard let rollback = plan.definition.rollback else {
            throw .state("\(plan.definition.name) has no way back: rollouts.yaml names no rollback action")
        }
        guard !changed.isEmpty else {
            throw .state("\(plan.id) changed no host, so there is nothing to take back")
        }
        var definition = RolloutDefinition(
            plan.definition.name, hosts: plan.definition.hosts, action: rollback.action)
        definition.about = "Takes \(plan.id) back"
        definition.atOnce = rollback.atOnce
        definition.before = plan.definition.before
        definition.after = plan.definition.after
        definition.health = plan.definition.health
        // Of the version that is taken back.
        definition.health?.version = plan.definition.health?.version.map(plan.filled)
        definition.onFailure = .halt
        definition.holdFor = plan.definition.holdFor
        definition.allowFailed = plan.definition.allowFailed
        definition.lock = plan.definition.lock
        definition.notify = plan.definition.notify
        return RolloutPlan(
            id: id, definition, parameters: [:], batches: [changed.reversed()], actor: actor, reason: reason,
            createdAt: createdAt, undoes: plan.id, versionsBefore: plan.versionsBefore)
    }
}
