import Fleet

/// What a frame needs of a rollout's hosts, counted once when the hub tells of it.
struct RolloutDigest: Hashable, Sendable {
    /// How many hosts of a batch are how far.
    struct Batch: Hashable, Sendable {
        /// The places of its hosts among all.
        var places: Range<Int>
        var counts: [HostSign: Int] = [:]

        var total: Int { places.count }

        func count(_ signs: HostSign...) -> Int { signs.reduce(0) { $0 + (counts[$1] ?? 0) } }
    }

    /// Of the hosts in their order, which is that of the batches.
    private(set) var signs: [HostSign] = []
    private(set) var batches: [Batch] = []
    private(set) var counts: [HostSign: Int] = [:]
    /// Whether those that wait will be started.
    let isGoingOn: Bool
    /// Hosts whose action was ordered, and those of them that were not taken back.
    private(set) var touched: Set<String> = []
    private(set) var changed: Set<String> = []
    /// Hosts whose action was not ordered yet.
    private(set) var untouched: Set<String> = []

    init(_ rollout: RolloutView) {
        isGoingOn = !rollout.state.isFinal && rollout.state != .rollingBack
        signs.reserveCapacity(rollout.hosts.count)
        for (place, host) in rollout.hosts.enumerated() {
            let sign = HostSign(step: host.step)
            signs.append(sign)
            counts[sign, default: 0] += 1
            if host.isTouched {
                touched.insert(host.name)
                if sign != .undone { changed.insert(host.name) }
            } else {
                untouched.insert(host.name)
            }
            // The hub lists hosts batch by batch; one that is out of its order is counted with those before it.
            while batches.count <= host.batch, batches.count < rollout.batches.count {
                batches.append(Batch(places: place..<place))
            }
            guard !batches.isEmpty else { continue }
            batches[batches.count - 1].places = batches[batches.count - 1].places.lowerBound..<place + 1
            batches[batches.count - 1].counts[sign, default: 0] += 1
        }
        let end = signs.count
        while batches.count < rollout.batches.count { batches.append(Batch(places: end..<end)) }
    }

    func count(_ signs: HostSign...) -> Int { signs.reduce(0) { $0 + (counts[$1] ?? 0) } }

    /// Hosts at which an order or a watch is open.
    var active: Int { count(.working, .watched, .goingBack) }
    var troubled: Int { count(.failed, .unknown, .stuck) }
}
