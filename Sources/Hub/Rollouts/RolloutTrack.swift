import Fleet
import Rollouts
import Telemetry

/// A rollout as the driver runs it: the record that is journaled, and what is of this hub's life alone.
struct RolloutTrack: Sendable {
    var record: RolloutRecord
    /// What the gate said last, condition by condition.
    var judged: GateAnswer?
    /// When the gate and the health of hosts were last asked for, by the steady clock.
    var judgedAt: Int64?
    var healthAt: Int64?
    /// When the answer of each host's probe that was told last was asked for, by the host's clock.
    var heard: [String: Int64] = [:]
    /// Of orders whose host's clock was set back since their end: where it stood when that was seen.
    var setBack: [String: Int64] = [:]
    /// Since when hosts with an open order are away, by the steady clock.
    var awaySince: [String: Int64] = [:]
    /// Hosts whose alerts are marked.
    var disturbed: Set<String> = []
    /// By the steady clock: when this hub took it on, and when its own clock began to go; nil while it stands still.
    let since: Int64
    private(set) var goesSince: Int64?
    /// Its own clock, when it stood still.
    private var stoodAt: Int64

    /// Hosts of a rollout that was found in the journal are given so long to come before its clock goes on.
    private static let comingMilliseconds: Int64 = 30_000
    /// A host that is away is waited for so long before its order counts as not started.
    static let patienceMilliseconds: Int64 = 30_000
    /// Frames were lost with the hub before this one: so much longer than its bake a gate may go without a verdict.
    private static let fillingMilliseconds: Int64 = 10_000

    init(_ record: RolloutRecord, isNew: Bool, steady: Int64) {
        self.record = record
        since = steady
        stoodAt = record.time
        goesSince = isNew ? steady : nil
        wasFound = !isNew
    }

    private let wasFound: Bool

    // MARK: Its clock

    func time(at steady: Int64) -> Int64 {
        stoodAt + (goesSince.map { steady - $0 } ?? 0)
    }

    /// Lets the clock go once its hosts are there, or have been waited for.
    mutating func wake(areHostsThere: Bool, steady: Int64) {
        guard goesSince == nil, areHostsThere || steady - since >= Self.comingMilliseconds else { return }
        goesSince = steady
    }

    func view(steady: Int64, wall: Int64) -> RolloutView {
        var view = record.view(at: time(at: steady), wall: wall)
        view.judged = view.state.isFinal || view.evidence.isEmpty ? nil : judged
        let ids = lastOrders
        for place in view.hosts.indices { view.hosts[place].order = ids[view.hosts[place].name] ?? "" }
        return view
    }

    // MARK: Orders

    /// What is wanted now, each under the id that hosts know it by.
    var orders: [WantedOrder] {
        record.rollout.openOrders.map { order in
            WantedOrder(
                id: Self.orderID(order.id), host: order.host, action: order.action,
                parameters: order.parameters)
        }
    }

    /// The order that each host works on, or worked on last; none for a host whose turn has not come.
    var lastOrders: [String: String] { record.rollout.lastOrders.mapValues(Self.orderID) }

    /// The same number of the same step, whenever it is asked.
    static func orderID(_ id: String) -> String { String(SHA256.hex(Array(id.utf8)).prefix(32)) }

    func isPatienceOver(_ host: String, steady: Int64) -> Bool {
        guard let progress = record.rollout.hosts[host] else { return false }
        let askedAt = max(progress.since, progress.putOff?.askedAt ?? progress.since)
        return time(at: steady) - askedAt >= Self.patienceMilliseconds
    }

    // MARK: The gate

    /// Whether the gate's silence is to be taken as its word: where this hub has seen all of the bake.
    func mayLackVerdict(steady: Int64) -> Bool {
        !wasFound || steady - since >= record.rollout.plan.definition.bake + Self.fillingMilliseconds
    }
}
