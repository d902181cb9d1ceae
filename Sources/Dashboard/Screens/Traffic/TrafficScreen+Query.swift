import Canvas
package import Fleet
import Telemetry
import Text

/// What the query bar is told of what it narrows.
extension TrafficScreen {
    package func counts(_ context: ScreenContext) -> (shown: Int, total: Int)? {
        context.state.traffic == nil ? nil : (order.rows.count, plan.rowTotal)
    }

    package func completions(_ context: ScreenContext) -> (attributes: [String: [String]], signals: [Signal])
    {
        guard let state = context.state.traffic else { return ([:], []) }
        var attributes: [String: Set<String>] = [:]
        for key in TrafficLeaf.attributes { attributes[key] = [] }
        for series in state.series {
            attributes["service"]?.insert(state.services[series.service].name)
            attributes["route"]?.insert(state.route(of: series))
            if !series.method.isEmpty { attributes["method"]?.insert(series.method) }
            attributes["host"]?.insert(series.host.name)
            for code in series.codes { attributes["code"]?.formUnion(TrafficLeaf.spellings(of: code)) }
        }
        for host in context.state.hosts {
            attributes["group"]?.formUnion(host.summary?.groups ?? [])
            for (key, value) in host.summary?.tags ?? [:] { attributes[key, default: []].insert(value) }
        }
        return (
            attributes.mapValues { $0.filter { !$0.isEmpty }.sorted() },
            TrafficLeaf.signals.compactMap(Signal.named)
        )
    }
}
