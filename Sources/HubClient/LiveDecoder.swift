package import Fleet
import Telemetry
package import Wire

/// Turns the frames of a live view into updates; NaN, which says that there is no value, is left out.
package struct LiveDecoder: Sendable {
    private var decoder = FrameDecoder()
    /// Of the tick to which histograms belong.
    private var time = Timestamp(milliseconds: 0)

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
            case .tick(let tick):
                time = tick.time
                updates.append(values(tick))
            case .histogram(let index, let histogram): append(index, histogram, to: &updates)
            case .event(let event):
                guard let kind = LogEventKind(rawValue: event.kind) else { continue }
                updates.append(
                    .event(
                        host: HostID(event.labels["host"] ?? ""), time: event.time, kind: kind,
                        labels: event.labels, text: event.text))
            case .processes(let host, let table): updates.append(.processes(host: HostID(host), table))
            case .facts(let host, let facts): updates.append(.facts(host: HostID(host), facts))
            case .liveBegins: updates.append(.liveBegins)
            case .hello, .goodbye, .have, .report, .actions, .output, .past, .subscribe, .resume, .replay,
                .credit, .acknowledge, .order, .cancel, .configuration:
                break
            }
        }
        return updates
    }

    /// The histograms of one tick make one update.
    private func append(_ index: Int32, _ histogram: ExponentialHistogram, to updates: inout [LiveUpdate]) {
        if case .histograms(time, var indices, var histograms) = updates.last {
            updates.removeLast()
            indices.append(index)
            histograms.append(histogram)
            updates.append(.histograms(time: time, indices: indices, histograms))
        } else {
            updates.append(.histograms(time: time, indices: [index], [histogram]))
        }
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
