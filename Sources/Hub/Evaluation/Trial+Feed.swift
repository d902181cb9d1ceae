import Archive
import Fleet
import Telemetry

/// How a trial's windows are fed.
extension Trial {
    static func aggregate(_ target: Target) -> Aggregate {
        switch target {
        case .slot(let slot):
            switch slot.feed.statistic {
            case .max: .maximum
            case .min: .minimum
            case nil, .avg, .p50, .p90, .p95, .p99: slot.feed.windowMilliseconds == nil ? .last : .average
            }
        case .service: .average
        case .counter, .lines, .quiet: .last
        }
    }

    func take(
        _ value: Double, _ column: Column, _ number: Int, _ time: Timestamp,
        _ counter: inout (value: Double, step: Int)?
    ) {
        let now = time.milliseconds
        let seconds = Double(step) / 1000
        switch column.target {
        case .slot(let slot):
            if case .until = slot.feed.source {
                slot.take(value - Double(now) / 1000, seconds: seconds, at: now)
            } else {
                slot.take(value, seconds: seconds, at: now)
            }
        case .service(let route): route.count(value * seconds, at: now)
        case .counter, .lines:
            let rise =
                counter.map { value >= $0.value ? value - $0.value : value } ?? risen(value, column, time)
            let passed = counter.map { Double(number - $0.step) * seconds } ?? seconds
            counter = (value, number)
            if case .counter(let slot, let isUnder) = column.target {
                slot.count(rise, seconds: passed, isUnder: isUnder, at: now)
            } else if case .lines(let route) = column.target {
                route.count(rise, at: now)
            }
        case .quiet: break
        }
    }

    /// When a counter of a log began, where the log had been heard before: then it began at zero.
    func began(_ key: SeriesKey, of host: HubHost, _ head: Head) -> Timestamp? {
        guard let service = key.labels["service"] else { return nil }
        // Told with all that a log's agent tells of it, from its begin on.
        let lines = SeriesKey("martlet_log_lines_total", ["level": "", "service": service])
        guard let heard = head.began(lines, of: host.id), let began = head.began(key, of: host.id) else {
            return nil
        }
        return began > heard ? began : nil
    }

    /// Of a counter's first value, what it rose by: all of it where it began at zero in this step, as a first match of a text does.
    private func risen(_ value: Double, _ column: Column, _ time: Timestamp) -> Double {
        guard case .lines = column.target, let began = column.began else { return 0 }
        return began > self.time(time.advanced(byMilliseconds: -step), of: column.host) ? value : 0
    }
}
