package import Fleet
import Telemetry
package import Wire

/// Turns the frames of a live view into updates; NaN, which says that there is no value, is left out.
package struct LiveDecoder: Sendable {
    private var decoder = FrameDecoder()

    package init() {}

    package mutating func updates(for bytes: [UInt8]) throws(WireError) -> [LiveUpdate] {
        decoder.append(bytes)
        var updates: [LiveUpdate] = []
        while let message = try decoder.next() {
            switch message {
            case .define(let series):
                let signal = SignalKey(series.definition.key.name, series.definition.key.labels)
                updates.append(.define(index: series.index, host: HostID(series.group), signal: signal))
            case .retire(let index): updates.append(.retire(index: index))
            case .tick(let tick): updates.append(values(tick))
            case .processes(let host, let table): updates.append(.processes(host: HostID(host), table))
            case .facts(let host, let facts): updates.append(.facts(host: HostID(host), facts))
            case .liveBegins: updates.append(.liveBegins)
            case .hello, .histogram, .event, .goodbye, .have, .report, .subscribe, .resume, .replay, .credit,
                .acknowledge, .order:
                break
            }
        }
        return updates
    }

    private func values(_ tick: Tick) -> LiveUpdate {
        var indices: [Int32] = []
        var values: [Double] = []
        indices.reserveCapacity(tick.samples.count)
        values.reserveCapacity(tick.samples.count)
        for sample in tick.samples where !sample.value.isNaN {
            indices.append(sample.index)
            values.append(sample.value)
        }
        return .values(time: tick.time, indices: indices, values: values)
    }
}
