import Archive
import Fleet
import Foundation
import Hub
import Rollouts
import TestSupport
import Testing

@Suite struct `Rollouts in the journal` {
    private let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
    }

    private func journal() throws -> Journal {
        try Journal(path: "\(folder.url.path)/journal.db", reserveBytes: 0)
    }

    private static func plan(_ id: String, hosts count: Int) -> RolloutPlan {
        var definition = RolloutDefinition("web", hosts: "web*", action: "deploy")
        definition.batches = [.hosts(1), .percent(50), .all]
        definition.before = "drain"
        definition.after = "undrain"
        definition.health = RolloutDefinition.Health(
            probe: "web", version: "{version}", within: 30_000, steady: 3000)
        definition.bake = 20_000
        definition.gate = ["http.error_ratio < 2%"]
        definition.rollback = RolloutDefinition.Rollback(action: "back")
        let hosts = (1...count).map { "web\($0)" }
        return RolloutPlan(
            id: id, definition, parameters: ["version": "2"],
            batches: BatchStep.batches(of: hosts, definition.batches), actor: "anna", createdAt: 1000)
    }

    /// What happens next to a rollout, mostly well.
    private static func event(_ rollout: Rollout, _ random: inout SeededRandom) -> RolloutEvent {
        if random.below(40) == 0 {
            return [
                .pause(actor: "bert", reason: "lunch"), .resume(actor: "bert"), .resume(actor: "anna"),
                .rollBack(actor: "anna", reason: "slow"),
            ][random.below(4)]
        }
        let orders = rollout.openOrders
        if !orders.isEmpty, random.below(3) > 0 {
            let order = orders[random.below(orders.count)]
            return .order(
                id: order.id, random.below(25) == 0 ? .failed(reason: "status 1") : .succeeded)
        }
        let wishes = rollout.healthWishes
        if !wishes.isEmpty, random.below(2) > 0 {
            return .health(
                host: wishes[random.below(wishes.count)].host,
                random.below(20) == 0 ? .bad(reason: "503") : .good)
        }
        if rollout.gateWish != nil, random.below(2) > 0 {
            return .gate(random.below(10) == 0 ? .none(reason: "3 requests") : .passed(evidence: "0.1%"))
        }
        return .time
    }

    /// Killed two hundred times in all, before or after the journal has what happened: what did not reach it happens again,
    /// as hosts and probes tell of it again.
    @Test(arguments: 0..<10) func `stand after each kill as if there had been none`(part: Int) async throws {
        var random = SeededRandom(seed: UInt64(part) + 1)
        var book = try journal()
        var (kills, number) = (0, 0)
        while kills < 20 {
            number += 1
            var whole = RolloutRecord(Self.plan("r\(number)", hosts: 1 + random.below(12)))
            var killed = whole
            try await book.write([RolloutBook.document(whole)])
            var now: Int64 = 1000
            for _ in 0..<2000 where !whole.isOver {
                now += Int64(random.below(1500))
                let event = Self.event(whole.rollout, &random)
                let hasChanged = whole.take(event, at: now, wall: now + 7)
                let dies = random.below(6) == 0
                let isWritten = random.below(2) == 0
                if killed.take(event, at: now, wall: now + 7), isWritten || !dies {
                    try await book.write(RolloutBook.changes(killed, event, wall: now + 7))
                }
                if dies {
                    kills += 1
                    book = try journal()
                    let id = whole.id
                    killed = try #require(try await RolloutBook.restore(book).records.first { $0.id == id })
                    if !isWritten, killed.take(event, at: now, wall: now + 7) {
                        try await book.write(RolloutBook.changes(killed, event, wall: now + 7))
                    }
                }
                #expect(killed == whole, "seed \(part + 1), changed \(hasChanged)")
            }
            let id = whole.id
            #expect(try await RolloutBook.restore(try journal()).records.first { $0.id == id } == whole)
        }
    }

    @Test func `are read from a journal that knows of no reasons for going on`() throws {
        let old = Data(#"{"resume":{"actor":"bert"}}"#.utf8)
        #expect(try JSONDecoder().decode(RolloutEvent.self, from: old) == .resume(actor: "bert"))
        let new = RolloutEvent.resume(actor: "bert", reason: "looks good")
        #expect(try JSONDecoder().decode(RolloutEvent.self, from: JSONEncoder().encode(new)) == new)
    }

    @Test func `are as many as are kept, oldest first, and broken ones are passed over`() async throws {
        let book = try journal()
        for number in 0..<3 {
            var plan = Self.plan("r\(number)", hosts: 1)
            // The clock was set back twice.
            plan.createdAt = Int64(number)
            try await book.write([RolloutBook.document(RolloutRecord(plan, fence: UInt64(9 - number)))])
        }
        try await book.write([.put(kind: RolloutBook.kind, id: "x", body: "{}")])
        #expect(try await RolloutBook.restore(book).records.map(\.id) == ["r2", "r1", "r0"])
        #expect(try await RolloutBook.restore(book).broken == ["x"])
        try await book.write([RolloutBook.removal("r1")])
        #expect(try await RolloutBook.restore(book).records.map(\.id) == ["r2", "r0"])
    }

    @Test func `keep how much of a hold has passed, so that a new hub does not begin it anew`() async throws {
        var plan = Self.plan("r1", hosts: 1)
        var definition = plan.definition
        (definition.before, definition.after, definition.health, definition.gate) = (nil, nil, nil, [])
        (definition.bake, definition.holdFor) = (0, 60_000)
        plan = RolloutPlan(
            id: "r1", definition, parameters: [:], batches: [["web1"]], actor: "anna", createdAt: 0)
        var record = RolloutRecord(plan)
        let order = try #require(record.rollout.openOrders.first)
        _ = record.take(.order(id: order.id, .unknown(reason: "gone")), at: 1000, wall: 1000)
        #expect(record.rollout.state == .held(.unknownHosts(["web1"]), batch: 0, since: 1000))
        #expect(!record.mayKeep(10_999) && record.mayKeep(11_000))
        record.pass(to: 41_000)
        #expect(!record.mayKeep(50_999))
        let journal = try journal()
        try await journal.write([RolloutBook.document(record)])
        var restored = try #require(try await RolloutBook.restore(journal).records.first)
        #expect(restored == record && restored.time == 41_000)
        // The hub begins where the clock stood, and the rest of the minute is short.
        #expect(!restored.take(.time, at: 60_999, wall: 0) && restored.take(.time, at: 61_000, wall: 0))
        #expect(restored.rollout.state == .halted(reason: "nobody answered the hold"))
    }

    @Test func `tell what happened in words, and times by everybody's clock`() {
        var record = RolloutRecord(Self.plan("r", hosts: 2))
        _ = record.take(.order(id: "r-0-before", .succeeded), at: 2000, wall: 1_002_000)
        _ = record.take(.order(id: "r-0-action", .failed(reason: "status 3")), at: 3000, wall: 1_003_000)
        let view = record.view(at: 3000, wall: 1_003_000)
        #expect(
            view.log.map(\.text) == [
                "started by anna over 2 hosts", "web1 failed: deploy: status 3",
                "rolling back: web1: deploy: status 3",
            ])
        #expect(view.hosts.first?.since == 1_003_000)
        #expect(record.number == 2)
        #expect(record.take(.time, at: 3100, wall: 1_003_100) == false)
    }
}
