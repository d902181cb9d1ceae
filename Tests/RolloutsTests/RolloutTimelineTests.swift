import Fleet
import Foundation
import Rollouts
import TestSupport
import Testing

/// Random rollouts under a hub that answers late, wrongly or not at all, with persons who interfere; after each event what
/// must always hold is looked at, by means that know nothing of how the machine does it.
@Suite struct `A rollout in ten thousand timelines` {
    @Test(arguments: 0..<10)
    func `keeps its promises`(part: Int) throws {
        for number in 0..<1000 {
            let seed = UInt64(part * 1000 + number + 1)
            var timeline = Timeline(seed: seed)
            try timeline.run()
            if let broken = timeline.broken {
                Issue.record("seed \(seed): \(broken)")
                return
            }
        }
    }
}

extension OrderOutcome? {
    /// The host is as it was.
    fileprivate var isNotStarted: Bool {
        switch self {
        case .notStarted, .busy: true
        case .succeeded, .failed, .unknown, nil: false
        }
    }
}

extension Rollout {
    fileprivate var isEnding: Bool {
        if case .rollingBack = state { true } else { state.isFinal }
    }
}

private struct Timeline {
    private var random: SeededRandom
    private var rollout: Rollout
    private var now: Int64 = 0
    private var dueAt: [String: Int64] = [:]
    private var begun: [String] = []
    private var answered: Set<String> = []
    private var outcomes: [String: OrderOutcome] = [:]
    /// Batches whose way on was opened: by a verdict, by a policy, or by a person.
    private var opened: Set<Int> = []
    /// When a host said that it would be free, by the order that it refused, without its `-again`.
    private var freeAt: [Substring: Int64] = [:]
    /// The orders of hosts that are free too late to be waited for.
    private var refused: Set<Substring> = []
    /// The last time at which somebody kept orders back: in a pause, in a hold, or as it was to end.
    private var keptBackAt: Int64 = .min / 2
    private var pausedBefore = false
    /// Hosts that an action before took out of traffic, and none after gave it back to.
    private var drained: Set<String> = []
    private var tooManyFailed = false
    private(set) var broken: String?

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
        var definition = RolloutDefinition("web", hosts: "web", action: "deploy")
        let count = 1 + random.below(9)
        definition.batches =
            [[.all], [.hosts(1), .all], [.percent(25), .percent(50), .all]][random.below(3)]
        definition.atOnce = [nil, 1, 2][random.below(3)]
        if random.below(2) == 0 { definition.before = "drain" }
        if random.below(2) == 0 { definition.after = "undrain" }
        if random.below(4) > 0 {
            definition.health = RolloutDefinition.Health(probe: "web", within: 20_000, steady: 5000)
        }
        if random.below(3) > 0 {
            definition.bake = 20_000
            if random.below(3) > 0 { definition.gate = ["http.error_ratio < 2%"] }
        }
        definition.noVerdict = RolloutDefinition.VerdictPolicy.allCases[random.below(3)]
        definition.allowFailed = .hosts(random.below(3))
        definition.onFailure = RolloutDefinition.FailurePolicy.allCases[random.below(2)]
        if random.below(4) > 0 {
            definition.rollback = RolloutDefinition.Rollback(
                action: "back", atOnce: [nil, 1, 3][random.below(3)])
        }
        definition.holdFor = 60_000
        if random.below(4) == 0 { definition.approveAfter = 1 }
        let names = (0..<count).map { "h\($0)" }
        rollout = Rollout(
            RolloutPlan(
                id: "r", definition, parameters: [:],
                batches: BatchStep.batches(of: names, definition.batches), actor: "ops", createdAt: 0), at: 0)
    }

    mutating func run() throws {
        take(.time)
        for step in 0..<8000 where broken == nil && !rollout.state.isFinal {
            now += Int64(200 + random.below(1500))
            if step % 40 == 0 { try dieAndComeBack() }
            // Persons leave it alone in the end, so that it must come to its own.
            if step < 200, random.below(60) == 0 { interfere() }
            if step >= 200, rollout.pause != nil { take(.resume(actor: "b")) }
            answerOrders()
            for wish in rollout.healthWishes where random.below(4) > 0 {
                take(.health(host: wish.host, random.below(12) > 0 ? .good : .bad(reason: "503")))
            }
            if rollout.gateWish != nil, random.below(4) == 0 {
                take(
                    .gate(
                        [.passed(evidence: ""), .failed(evidence: ""), .none(reason: "")][
                            random.below(5) / 2 % 3]))
            }
            take(.time)
        }
        guard broken == nil else { return }
        guard rollout.state.isFinal else {
            broken = "not over after \(now / 1000) s: \(rollout.state)"
            return
        }
        checkEnd()
    }

    /// The hub is killed: what it wrote down is all that it has.
    private mutating func dieAndComeBack() throws {
        let orders = rollout.openOrders
        let copy = try JSONDecoder().decode(Rollout.self, from: JSONEncoder().encode(rollout))
        if copy != rollout || copy.openOrders != orders { broken = "another rollout came out of the journal" }
        rollout = copy
    }

    private mutating func interfere() {
        switch random.below(8) {
        case 0, 1: take(.pause(actor: "a", reason: ""))
        case 2, 3, 4: take(.resume(actor: "b"))
        case 5: take(.abort(actor: "c", reason: ""))
        case 6: take(.rollBack(actor: "d", reason: ""))
        default: take(.order(id: "r-0-action", .succeeded))
        }
    }

    private mutating func answerOrders() {
        for order in rollout.openOrders {
            guard let due = dueAt[order.id] else {
                // A host that is started anew is away for minutes.
                let isSlow = random.below(40) == 0
                dueAt[order.id] = now + Int64(random.below(isSlow ? 600_000 : 8000))
                continue
            }
            guard now >= due else { continue }
            let chance = random.below(30)
            let outcome: OrderOutcome =
                switch chance {
                case 0: .unknown(reason: "gone")
                case 1, 2: .failed(reason: "exit 1")
                case 3: .notStarted(reason: "undeclared")
                case 4, 5: .busy(reason: "backup runs", freeIn: freeIn())
                default: .succeeded
                }
            answered.insert(order.id)
            outcomes[order.id] = outcome
            if case .succeeded = outcome {
                if order.action == "drain" { drained.insert(order.host) }
                if order.action == "undrain" { drained.remove(order.host) }
            }
            if case .busy(_, let freeIn?) = outcome { note(freeIn, of: order) }
            take(.order(id: order.id, outcome))
        }
    }

    /// A host that is busy may know for how long, in milliseconds; few rollouts wait for the longest cooldown.
    private mutating func freeIn() -> Int64? {
        switch random.below(40) {
        case 0..<20: nil
        case 20: Self.waitMax
        case 21: Self.waitMax + 1 + Int64(random.below(1_000_000))
        default: Int64(random.below(60_000))
        }
    }

    /// What the documents promise: fifteen minutes.
    private static let waitMax: Int64 = 900_000

    private mutating func note(_ freeIn: Int64, of order: RolloutOrder) {
        if freeIn > Self.waitMax {
            refused.insert(Self.stem(order.id))
        } else {
            freeAt[Self.stem(order.id)] = now + freeIn
        }
    }

    /// An order's id without what tells how often it was asked for.
    private static func stem(_ id: String) -> Substring {
        id.firstRange(of: "-again").map { id[..<$0.lowerBound] } ?? id[...]
    }

    private mutating func take(_ event: RolloutEvent) {
        let before = rollout
        pausedBefore = rollout.pause != nil
        rollout.take(event, at: now)
        noteOpened(event, before)
        if pausedBefore || rollout.pause != nil || before.isHeld || rollout.isHeld || rollout.isEnding {
            keptBackAt = now
        }
        checkOrders(before)
        checkCounts()
    }

    private mutating func noteOpened(_ event: RolloutEvent, _ before: Rollout) {
        let definition = rollout.plan.definition
        if case .baking(let batch, _) = before.state {
            if definition.gate.isEmpty || before.verdict.map(Self.hasPassed) == true { opened.insert(batch) }
            if case .gate(let verdict) = event, Self.hasPassed(verdict) { opened.insert(batch) }
            if definition.noVerdict == .proceed { opened.insert(batch) }
        }
        if case .held(_, let batch, _) = before.state, case .resume = event { opened.insert(batch) }
        if definition.bake == 0 { opened.formUnion(0..<rollout.plan.batches.count) }
        tooManyFailed = tooManyFailed || before.failedHosts.count > before.allowedFailures
    }

    private static func hasPassed(_ verdict: GateVerdict) -> Bool {
        if case .passed = verdict { true } else { false }
    }

    private mutating func checkOrders(_ before: Rollout) {
        for order in rollout.openOrders where !begun.contains(order.id) {
            begun.append(order.id)
            checkAgain(order)
            let step = order.id.split(separator: "-")[2]
            let changes = step == "action" || step == "undo"
            if changes, rollout.plan.definition.before != nil, !drained.contains(order.host) {
                broken = "\(order.id) on a host that has its traffic"
            }
            guard step == "action" || step == "before" else { continue }
            let batch = rollout.plan.batches.firstIndex { $0.contains(order.host) } ?? 0
            for earlier in 0..<batch {
                let isOver = rollout.plan.batches[earlier].allSatisfy {
                    [.done, .failed, .stuck].contains(rollout.hosts[$0]?.step)
                }
                if !isOver { broken = "\(order.id) before batch \(earlier) was over" }
                if !opened.contains(earlier) { broken = "\(order.id) though nothing opened batch \(earlier)" }
            }
            if tooManyFailed { broken = "\(order.id) though too many had failed" }
            let isNew = before.hosts[order.host]?.step == .waiting
            if pausedBefore, rollout.pause != nil, isNew { broken = "\(order.id) in a pause" }
        }
        if let again = rollout.openOrders.first(where: { answered.contains($0.id) }) {
            broken = "\(again.id) is wanted again"
        }
        if Set(begun).count != begun.count { broken = "an order began twice" }
    }

    /// A host is asked again when it said that it would be free, and where nothing keeps that back, soon after.
    private mutating func checkAgain(_ order: RolloutOrder) {
        let stem = Self.stem(order.id)
        if refused.contains(stem) { broken = "\(order.id) though its host is not free for long" }
        guard let free = freeAt.removeValue(forKey: stem) else { return }
        if now < free { broken = "\(order.id) \(free - now) ms before its host is free" }
        // A second for its clock, and the longest step between two events.
        if now > free + 1000 + 1700, keptBackAt < free { broken = "\(order.id) \(now - free) ms late" }
    }

    private mutating func checkCounts() {
        guard let most = rollout.plan.definition.atOnce else { return }
        let active = rollout.hosts.values.count { [.before, .action, .health, .after].contains($0.step) }
        if active > most, !rollout.isEnding { broken = "\(active) hosts at once" }
    }

    private mutating func checkEnd() {
        let hosts = rollout.plan.hosts.compactMap { rollout.hosts[$0] }
        let touched = Set(
            begun.filter { $0.split(separator: "-")[2] == "action" && !outcomes[$0].isNotStarted }.compactMap
            {
                $0.split(separator: "-").dropFirst().first
            }
        )
        let marked = Set(rollout.plan.hosts.indices.filter { hosts[$0].isTouched }.map { Substring("\($0)") })
        if touched != marked { broken = "touched \(touched), known \(marked)" }
        switch rollout.state {
        case .succeeded:
            let failed = hosts.count { $0.step == .failed || $0.step == .stuck }
            if hosts.contains(where: { ![.done, .failed, .stuck].contains($0.step) })
                || failed > rollout.allowedFailures
            {
                broken = "succeeded with \(hosts.map(\.step))"
            }
        case .rolledBack:
            if hosts.contains(where: { ($0.isTouched && $0.step != .undone) || $0.step == .unknown }) {
                broken = "back with \(hosts.map(\.step))"
            }
        case .mixed:
            let isLeft = hosts.contains { host in
                host.step == .stuck || host.step == .unknown || (host.isDrained && !host.isTouched)
            }
            if !isLeft { broken = "mixed with \(hosts.map(\.step))" }
        case .halted, .aborted:
            if hosts.contains(where: \.isOrdered) { broken = "over with an open order" }
        case .running, .baking, .held, .rollingBack: broken = "not over"
        }
    }
}
