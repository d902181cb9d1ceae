package import Telemetry

/// A line that tells of an error, one of many like it.
package struct ErrorSample: Hashable, Sendable {
    package let host: HostID
    package let time: Timestamp
    package let service: String
    /// Empty where the line names none, as that of an error log.
    package let route: String
    package let method: String
    package let code: String
    /// How many lines like it the agent counted when it was sent; at least one.
    package let count: Int
    package let text: String

    package init(host: HostID, time: Timestamp, labels: Labels, text: String) {
        self.host = host
        self.time = time
        service = labels["service"] ?? ""
        route = labels["route"] ?? ""
        method = labels["method"] ?? ""
        code = labels["code"] ?? ""
        count = max(1, labels["count"].flatMap(Int.init) ?? 1)
        self.text = String(text.prefix(Self.lengthMax))
    }

    /// Characters kept of a line.
    package static let lengthMax = 2000
}

/// The last examples of each service and route, by time.
package struct ErrorSamples: Sendable {
    package static let perRouteMax = 50
    package static let samplesMax = 4000

    private struct Key: Hashable, Sendable {
        let service: String
        let route: String
    }

    private var byRoute: [Key: [ErrorSample]] = [:]
    private var services: Set<String> = []
    package private(set) var count = 0

    /// The samples of a service, or of one of its routes; nil means any. Oldest first.
    package func of(service: String?, route: String? = nil) -> [ErrorSample] {
        byRoute.filter { key, _ in
            (service == nil || key.service == service) && (route == nil || key.route == route)
        }.values.flatMap { $0 }.sorted { ($0.time, $0.host) < ($1.time, $1.host) }
    }

    /// Takes one in, under `other` where its service is one too many or its route is not among those that have a name.
    mutating func add(_ sample: ErrorSample, isNamed: Bool) {
        if !services.contains(sample.service), services.count < TrafficState.servicesMax {
            services.insert(sample.service)
        }
        let key = Key(
            service: services.contains(sample.service) ? sample.service : TrafficState.other,
            route: sample.route.isEmpty || isNamed ? sample.route : TrafficState.other)
        if count >= Self.samplesMax { dropOldest() }
        var samples = byRoute[key] ?? []
        let place = samples.lastIndex { $0.time <= sample.time }.map { $0 + 1 } ?? 0
        samples.insert(sample, at: place)
        count += 1
        if samples.count > Self.perRouteMax {
            samples.removeFirst()
            count -= 1
        }
        byRoute[key] = samples
    }

    /// Of the route that has the most, so that one that fails all the time leaves the others theirs.
    private mutating func dropOldest() {
        guard let key = byRoute.max(by: { $0.value.count < $1.value.count })?.key else { return }
        byRoute[key]?.removeFirst()
        if byRoute[key]?.isEmpty ?? false { byRoute[key] = nil }
        count -= 1
    }
}
