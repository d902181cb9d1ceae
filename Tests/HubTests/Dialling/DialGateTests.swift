import Hub
import Synchronization
import TestSupport
import Testing

/// Operators-contract 2, `at_once`: connections being opened at one time.
@Suite(.timeLimit(.minutes(1))) struct `The gate of connections being opened` {
    /// Who is in, and the most there ever were.
    private final class Room: Sendable {
        private let people = Mutex((inside: 0, most: 0, seen: 0))

        func enter() {
            people.withLock { people in
                people.inside += 1
                people.seen += 1
                people.most = max(people.most, people.inside)
            }
        }

        func leave() { people.withLock { $0.inside -= 1 } }

        var now: (inside: Int, most: Int, seen: Int) { people.withLock { $0 } }
    }

    /// Comes in, where it is let in, and stays.
    private static func visit(_ gate: DialGate, _ room: Room) async -> Bool {
        guard await gate.enter() else { return false }
        room.enter()
        return true
    }

    @Test(arguments: [1, 3, 32])
    func `lets so many in, and the others once those have left`(_ limit: Int) async {
        let gate = DialGate(limit: limit)
        let room = Room()
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<100 {
                tasks.addTask {
                    guard await Self.visit(gate, room) else { return }
                    for _ in 0..<3 { await Task.yield() }
                    room.leave()
                    await gate.leave()
                }
            }
        }
        #expect(room.now == (0, limit, 100))
    }

    @Test func `gives the place of one that is cancelled to the next`() async {
        let gate = DialGate(limit: 1)
        let room = Room()
        #expect(await Self.visit(gate, room))
        let cancelled = Task { await Self.visit(gate, room) }
        let next = Task { await Self.visit(gate, room) }
        cancelled.cancel()
        #expect(await cancelled.value == false)
        #expect(room.now.seen == 1)
        await gate.leave()
        #expect(await next.value)
        // One that was cancelled before it came asks for nothing.
        let late = Task { () -> Bool in
            while !Task.isCancelled { await Task.yield() }
            return await Self.visit(gate, room)
        }
        late.cancel()
        #expect(await late.value == false)
        await gate.leave()
        #expect(await Self.visit(gate, room))
    }

    @Test func `lets more in when a reload says so, and fewer from then on`() async {
        let gate = DialGate(limit: 1)
        let room = Room()
        let visits = (0..<4).map { _ in Task { await Self.visit(gate, room) } }
        #expect(await Eventually.comes { room.now.seen == 1 })
        await gate.set(limit: 3)
        #expect(await Eventually.comes { room.now.seen == 3 })
        await gate.set(limit: 1)
        await gate.leave()
        await gate.leave()
        for _ in 0..<100 { await Task.yield() }
        #expect(room.now.seen == 3)
        await gate.leave()
        for visit in visits { #expect(await visit.value) }
        #expect(room.now.seen == 4)
    }
}
