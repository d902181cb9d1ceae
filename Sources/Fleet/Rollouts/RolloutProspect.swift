package import Telemetry

/// A plan as it would be started now, with what only the file and the hosts say of it.
package struct RolloutProspect: Hashable, Sendable {
    package let forecast: RolloutForecast
    /// nil where the hub has taken another file over meanwhile.
    package let definition: RolloutDefinition?
    package let listings: [ActionListing]

    package init(forecast: RolloutForecast, definition: RolloutDefinition?, listings: [ActionListing]) {
        self.forecast = forecast
        self.definition = definition
        self.listings = listings
    }

    /// In the order in which they are changed.
    package var hosts: [String] { forecast.rollout.batches.flatMap { $0 } }

    /// The greatest danger of its actions on its hosts, as they and hosts.yaml say; a host that is away could say anything.
    package var danger: ActionDanger {
        let names = definition?.actions ?? [forecast.rollout.action]
        let order: [ActionDanger] = [.look, .service, .destroy]
        let dangers = listings.flatMap { listing in
            listing.isConnected
                ? listing.declared.filter { names.contains($0.name) }.map(\.danger) : [ActionDanger.service]
        }
        return dangers.max { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) } ?? .service
    }
}
