package import Fleet

extension FleetScreen {
    package func completions(_ context: ScreenContext) -> (attributes: [String: [String]], signals: [Signal])
    {
        var attributes: [String: Set<String>] = [:]
        for host in context.state.hosts {
            let row = FleetRow(host: host, time: context.time, now: context.now)
            for key in ["host", "group", "state", "version", "kernel", "os"]
                + (host.summary?.tags.keys.sorted() ?? [])
            {
                attributes[key, default: []].formUnion(row.values(of: key).filter { !$0.isEmpty })
            }
        }
        return (attributes.mapValues { $0.sorted() }, Signal.catalogue.filter(\.isFleetColumn))
    }
}
