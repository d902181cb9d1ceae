import Archive
import Fleet
import Foundation
import Hub
import HubSupport
import Rollouts
import Synchronization
import Telemetry
import TestSupport
import Testing
import Wire

/// Looks at the disk, as a hub that begins would, in the moment in which a message leaves the one that runs.
private final class Witness: Sendable {
    private let folder = Mutex("")
    private let notes = Mutex<(orders: Int, faults: [String])>((0, []))

    func watch(_ rig: RolloutRig) { folder.withLock { $0 = rig.folder.url.path } }

    var orders: Int { notes.withLock { $0.orders } }
    var faults: [String] { notes.withLock { $0.faults } }

    /// `isOfRollout` where each order is one that a rollout wants.
    func see(_ message: WireMessage, isOfRollout: Bool) async {
        let path = folder.withLock { $0 }
        switch message {
        case .order(let order):
            notes.withLock { $0.orders += 1 }
            await note("\(order.action) before the audit has it", unless: has("ordered", order.id, path))
            guard isOfRollout else { return }
            await note("\(order.action) before the journal wants it", unless: await isWanted(order.id, path))
        case .cancel(let id, _):
            await note("ended before the audit has it", unless: has("cancelled", id, path))
        default: break
        }
    }

    private func note(_ fault: String, unless isRight: Bool) async {
        if !isRight { notes.withLock { $0.faults.append(fault) } }
    }

    private func has(_ event: String, _ id: String, _ path: String) -> Bool {
        let lines = (try? String(contentsOfFile: "\(path)/audit.jsonl", encoding: .utf8)) ?? ""
        return lines.split(separator: "\n").contains {
            $0.contains("\"event\":\"\(event)\"") && $0.contains(id)
        }
    }

    private func isWanted(_ id: String, _ path: String) async -> Bool {
        guard let journal = try? Journal(path: "\(path)/journal.db", reserveBytes: 0),
            let records = try? await RolloutBook.restore(journal).records
        else { return false }
        return records.flatMap(\.rollout.openOrders).contains {
            SHA256.hex(Array($0.id.utf8)).prefix(32) == id
        }
    }
}

@Suite struct `What a hub does is on its disk before` {
    private static func rig(
        _ count: Int, _ witness: Witness, isOfRollout: Bool = true, journalBytesMax: Int64 = Journal.bytesMax,
        auditBytesMax: Int = OrderJournal.bytesMax,
        define: @Sendable (inout RolloutDefinition) -> Void = { _ in }
    ) throws -> RolloutRig {
        let rig = try RolloutRig(
            count, journalBytesMax: journalBytesMax, auditBytesMax: auditBytesMax,
            define: {
                ($0.before, $0.after, $0.atOnce) = ("drain", "undrain", 1)
                define(&$0)
            }, onMessage: { await witness.see($0, isOfRollout: isOfRollout) })
        witness.watch(rig)
        return rig
    }

    @Test func `each order of a rollout, forward and back, over hubs that are killed`() async throws {
        let witness = Witness()
        let rig = try Self.rig(3, witness) { $0.batches = [.hosts(1), .all] }
        rig.hosts[2].answer("deploy", with: .ends(3))
        try await rig.begin()
        try await rig.start()
        for _ in 0..<40 where try await !rig.rollout().state.isFinal {
            await rig.pass(seconds: 3)
            await rig.kill()
            try await rig.begin()
        }
        #expect(try await rig.rollout().state == .rolledBack)
        #expect(witness.orders >= 14, "\(witness.orders)")
        #expect(witness.faults == [])
        #expect(rig.hosts[0].starts == ["drain", "deploy", "undrain", "drain", "back", "undrain"])
    }

    @Test func `each order of a person, and that it is to end`() async throws {
        let witness = Witness()
        let rig = try Self.rig(2, witness, isOfRollout: false)
        rig.hosts[0].answer("drain", with: .runs)
        try await rig.begin()
        let dispatch = try #require(await rig.life).dispatch
        let request = OrderRequest(action: "drain", parameters: [:], hosts: ["web1", "web2"])
        let runs = try await dispatch.order(request, actor: ["as": "anna"])
        await rig.pass(seconds: 2)
        _ = try await dispatch.cancel([runs[0].id], actor: ["as": "bert"])
        #expect(witness.orders == 2 && witness.faults == [])
        #expect(rig.hosts.map(\.starts) == [["drain"], ["drain"]])
    }

    @Test func `and nothing is done while the journal takes nothing`() async throws {
        let witness = Witness()
        let rig = try Self.rig(2, witness, journalBytesMax: 1 << 20)
        rig.hosts[0].answer("deploy", with: .runs)
        try await rig.begin()
        try await rig.start()
        _ = try await rig.pass { _ in rig.hosts[0].starts == ["drain", "deploy"] }
        let life = try #require(await rig.life)
        try await Self.fill(life.journal)
        let seen = witness.orders
        rig.hosts[0].answer("deploy", with: .ends(0))
        await rig.pass(seconds: 60)
        let stuck = try await rig.rollout()
        #expect(stuck.text.contains("nothing is ordered, as the journal cannot be written"), "\(stuck)")
        await #expect(throws: RolloutError.self) { try await rig.say(.pause) }
        await rig.pass(seconds: 10)
        #expect(witness.orders == seen && rig.hosts[0].starts.count == 2)
        // The hub is killed: what it heard and could not write down happens again, and nothing is started twice.
        await Self.empty(life.journal)
        await rig.kill()
        try await rig.begin()
        // Nothing says that anybody looked at it meanwhile.
        #expect(try await rig.rollout().state == .paused)
        try await rig.say(.resume)
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == .succeeded, "\(done)")
        #expect(rig.hosts.map(\.starts) == Array(repeating: ["drain", "deploy", "undrain"], count: 2))
        #expect(witness.faults == [])
    }

    @Test func `and goes on by itself when the journal has room again`() async throws {
        let witness = Witness()
        let rig = try Self.rig(2, witness, journalBytesMax: 1 << 20)
        try await rig.begin()
        let life = try #require(await rig.life)
        try await Self.fill(life.journal)
        await #expect(throws: RolloutError.self) { try await rig.start() }
        await rig.pass(seconds: 10)
        #expect(witness.orders == 0)
        await Self.empty(life.journal)
        // The one that was refused never was.
        #expect(await life.driver.views().isEmpty)
        try await rig.start()
        _ = try await rig.pass { _ in rig.hosts[0].starts.contains("deploy") }
        try await Self.fill(life.journal)
        await rig.pass(seconds: 100)
        #expect(try await rig.rollout().text.contains("nothing is ordered, as the journal cannot be written"))
        await Self.empty(life.journal)
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == .succeeded && done.text.isEmpty, "\(done)")
        #expect(rig.hosts.map(\.starts) == Array(repeating: ["drain", "deploy", "undrain"], count: 2))
        #expect(witness.faults == [])
    }

    @Test func `and nothing is ordered while the audit takes nothing`() async throws {
        let witness = Witness()
        let rig = try Self.rig(2, witness, auditBytesMax: 6000)
        try await rig.begin()
        try await rig.start()
        let stuck = try await rig.pass { $0.text.contains("is as large as it may be") }
        #expect(!stuck.state.isFinal, "\(stuck)")
        let starts = rig.hosts.map(\.starts)
        await rig.pass(seconds: 100)
        #expect(rig.hosts.map(\.starts) == starts && starts.flatMap { $0 }.count < 6)
        let request = OrderRequest(action: "drain", parameters: [:], hosts: ["web2"])
        await #expect(throws: DispatchError.self) {
            try await #require(rig.life).dispatch.order(request, actor: [:])
        }
        await rig.kill()
        await rig.makeRoom()
        try await rig.begin()
        let done = try await rig.pass { $0.state.isFinal }
        #expect(done.state == .succeeded, "\(done)")
        #expect(rig.hosts.map(\.starts) == Array(repeating: ["drain", "deploy", "undrain"], count: 2))
        #expect(witness.faults == [])
    }

    // MARK: A full journal

    /// Until it takes not even a few bytes more, of neither kind.
    private static func fill(_ journal: Journal) async throws {
        for bytes in [100_000, 3000, 200] {
            try await fill(journal) { .put(kind: "filler", id: "\(bytes) \($0)", body: text(bytes)) }
        }
        let time = Timestamp(milliseconds: 1)
        try await fill(journal) { _ in .append(kind: "filler", subject: "", time: time, body: text(60)) }
    }

    private static func text(_ bytes: Int) -> String { String(repeating: "x", count: bytes) }

    private static func fill(_ journal: Journal, with change: (Int) -> JournalChange) async throws {
        for number in 0..<10_000 {
            do {
                try await journal.write([change(number)])
            } catch {
                return
            }
        }
        Issue.record("the journal has no end")
    }

    /// What is left of the filling needs little room.
    private static func empty(_ journal: Journal) async {
        for document in (try? await journal.documents("filler")) ?? [] {
            _ = try? await journal.write([.remove(kind: "filler", id: document.id)])
        }
    }
}
