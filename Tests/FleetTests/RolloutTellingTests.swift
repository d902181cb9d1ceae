import Fleet
import Foundation
import Testing

@Suite struct `The list of rollouts as a follower is told it` {
    private static func rollout(_ number: Int, _ state: RolloutView.State, hosts: Int = 1000) -> RolloutView {
        let names = (1...hosts).map { "web-eu-west-\($0).example.net" }
        var view = RolloutView(
            id: "4f2a9c001122\(1000 + number)", name: "web", about: "New version of the web service",
            action: "deploy-web", parameters: ["version": "4.12.\(number)"], actor: "marta",
            reason: "ticket 812", createdAt: 1_795_694_400_000, state: state,
            batches: BatchStep.batches(of: names, [.hosts(1), .percent(10), .all]))
        view.hosts = names.map {
            RolloutView.Host(
                name: $0, batch: 2, step: "done", since: 1_795_694_400_000, reason: "", isTouched: true,
                order: "0011223344556677")
        }
        return view
    }

    private static let list = (0..<20).map { rollout($0, .succeeded) } + [rollout(20, .running)]

    /// A change came to more than 4 MB when all that had ended was sent again with it.
    @Test func `costs at 1,000 hosts what the one rollout costs that goes on`() throws {
        var teller = RolloutTeller()
        let first = try JSONEncoder().encode(teller.telling(Self.list)).count
        let next = try JSONEncoder().encode(teller.telling(Self.list)).count
        let alone = try JSONEncoder().encode([Self.list[20]]).count
        print("bytes at first \(first), at a change \(next), of which the rollout that goes on \(alone)")
        #expect(next < 256_000)
        #expect(next - alone < 20 * 64)
        #expect(first > 15 * next)
    }

    @Test func `is the whole list again for who listens, with the hosts of those that have ended`() throws {
        var teller = RolloutTeller()
        var listener = RolloutListener()
        var list = Self.list
        for step in 0..<4 {
            let bytes = try JSONEncoder().encode(teller.telling(list))
            let heard = listener.list(try JSONDecoder().decode([RolloutTelling].self, from: bytes))
            #expect(heard == list)
            switch step {
            case 0: list[20].hosts[0].step = "undo"
            case 1:
                list[20].state = .rolledBack
                list[20].hosts[0].step = "undone"
            default: list.removeFirst()
            }
        }
    }

    @Test func `tells the end of one that went on whole, and once`() {
        var teller = RolloutTeller()
        _ = teller.telling([Self.rollout(1, .running, hosts: 1)])
        let ended = Self.rollout(1, .aborted, hosts: 1)
        #expect(teller.telling([ended]) == [.whole(ended)])
        #expect(teller.telling([ended]) == [.asBefore(ended.id)])
    }

    @Test func `tells of one that has ended again while another takes it back`() {
        var teller = RolloutTeller()
        let ended = Self.rollout(1, .succeeded, hosts: 1)
        _ = teller.telling([ended])
        var undo = Self.rollout(2, .running, hosts: 1)
        let going = ended.taken(backBy: undo)
        #expect(teller.telling([going]) == [.whole(going)])
        #expect(teller.telling([going]) == [.whole(going)])
        undo.state = .succeeded
        let back = ended.taken(backBy: undo)
        #expect(teller.telling([back]) == [.whole(back)])
        #expect(teller.telling([back]) == [.asBefore(back.id)])
    }

    @Test func `is no list where it names what was never told`() {
        var listener = RolloutListener()
        #expect(listener.list([.asBefore("4f2a")]) == nil)
        #expect(listener.list([.whole(Self.rollout(1, .held, hosts: 1))])?.count == 1)
    }
}
