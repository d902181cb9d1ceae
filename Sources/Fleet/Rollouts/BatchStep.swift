/// How many of a rollout's hosts run the new version once a batch is done: a number, or a share of them.
package enum BatchStep: Hashable, Sendable, Codable, CustomStringConvertible {
    case hosts(Int)
    /// Hundredths, above 0 and at most 100; rounded up, so that no share of a fleet is none of it.
    case percent(Double)

    /// The whole fleet, which every list of steps ends with.
    package static let all = BatchStep.percent(100)

    package func count(of hosts: Int) -> Int {
        switch self {
        case .hosts(let count): return min(max(count, 0), hosts)
        case .percent(let percent):
            // A product that is a whole number but for rounding (7 % of 100) stays that number.
            let exact = Double(hosts) * percent / 100
            let nearest = exact.rounded()
            let count = abs(exact - nearest) < 1e-9 ? nearest : exact.rounded(.up)
            return min(max(Int(count), 0), hosts)
        }
    }

    /// The hosts of each batch; a step that adds no host is left out.
    package static func batches(of hosts: [String], _ steps: [BatchStep]) -> [[String]] {
        var batches: [[String]] = []
        var taken = 0
        for step in steps {
            let count = step.count(of: hosts.count)
            guard count > taken else { continue }
            batches.append(Array(hosts[taken..<count]))
            taken = count
        }
        return batches
    }

    package var description: String {
        switch self {
        case .hosts(let count): "\(count)"
        case .percent(let percent): percent == percent.rounded() ? "\(Int(percent))%" : "\(percent)%"
        }
    }
}
