/// Our samples against theirs of just before and just after.
struct Comparison {
    let before: PromText
    let ours: PromText
    let after: PromText
    var compared: Int { before.samples.keys.count { ours.samples[$0] != nil } }

    func differences(_ names: Set<String>) -> [String] {
        var found: [String] = []
        for (series, first) in before.samples {
            let name = PromText.name(series)
            guard names.contains(name), Differences.live[name] == nil, !Self.isOfTests(series) else {
                continue
            }
            // What came or went meanwhile is nobody's error.
            guard let last = after.samples[series] else { continue }
            guard let own = ours.samples[series] else {
                found.append("only theirs: \(series) \(first)")
                continue
            }
            if let type = ours.types[name], let theirs = before.types[name], type != theirs {
                found.append("\(name) is \(type), theirs is \(theirs)")
            }
            let room = Differences.tolerance(name) + 1e-9 * abs(first)
            if own < min(first, last) - room || own > max(first, last) + room {
                found.append("\(series): \(own), theirs \(first) and then \(last)")
            }
        }
        for series in ours.samples.keys where before.samples[series] == nil && after.samples[series] == nil {
            let name = PromText.name(series)
            guard names.contains(name), Differences.live[name] == nil, Differences.onlyOurs[name] == nil
            else {
                continue
            }
            found.append("only ours: \(series)")
        }
        return found
    }

    /// Mounts that another test makes and unmakes meanwhile.
    private static func isOfTests(_ series: String) -> Bool {
        series.contains("/martlet-")
    }
}
