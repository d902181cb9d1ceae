import Fleet
import Telemetry
import TestSupport

/// A host's requests at one moment.
struct RequestFigures {
    let rate: Double
    let errors: Double
    let p99: Double

    init(_ rate: Double, errors: Double = 0, p99: Double) {
        (self.rate, self.errors, self.p99) = (rate, errors, p99)
    }
}

extension FixtureFleet {
    /// Behind the fleet's own signals what its logs tell of requests, in steps of a quarter of a minute; nil for a host
    /// of which none are known.
    func requests(
        seconds: Int, ending end: Timestamp, _ figures: (_ place: Int, _ secondsAgo: Int) -> RequestFigures?
    ) -> [LiveUpdate] {
        let first = 20_000
        let names = ["http.rate.all", "http.error_ratio.all", "http.p99.slowest"]
        return hosts.enumerated().flatMap { place, host -> [LiveUpdate] in
            guard figures(place, 0) != nil else { return [] }
            let indices = names.indices.map { Int32(first + place * names.count + $0) }
            let definitions = zip(indices, names).map { index, name in
                LiveUpdate.define(index: index, host: host, signal: SignalKey(name))
            }
            return definitions
                + stride(from: seconds, through: 0, by: -15).compactMap { back in
                    figures(place, back).map {
                        .values(
                            time: end.advanced(byMilliseconds: Int64(-back) * 1000), indices: indices,
                            values: [$0.rate, $0.errors, $0.p99])
                    }
                }
        }
    }
}
