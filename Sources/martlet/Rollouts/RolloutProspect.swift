import Fleet
import HubClient
import Telemetry

/// A plan as it would be started now, with what only the file and the hosts say of it.
struct RolloutProspect {
    let forecast: RolloutForecast
    /// nil where the hub has taken another file over meanwhile.
    let definition: RolloutDefinition?
    let listings: [ActionListing]

    /// Hosts of a hub that was just started are reached first: a login may take its time.
    init(_ request: RolloutRequest, _ client: HubClient) async throws {
        var forecast = try await client.plan(request)
        let hosts = forecast.rollout.batches.flatMap { $0 }
        let known = try await client.actions(hosts)
        if known.contains(where: { !$0.isConnected }) {
            listings = try await ActionHosts.listings(hosts, client, waits: true)
            forecast = try await client.plan(request)
        } else {
            listings = known
        }
        self.forecast = forecast
        definition = try await RolloutCall.definition(request.name, client)
    }

    /// The greatest danger of its actions on its hosts, as they and hosts.yaml say; a host that is away could say anything.
    var danger: ActionDanger {
        let names = definition?.actions ?? [forecast.rollout.action]
        let order: [ActionDanger] = [.look, .service, .destroy]
        let dangers = listings.flatMap { listing in
            listing.isConnected
                ? listing.declared.filter { names.contains($0.name) }.map(\.danger) : [ActionDanger.service]
        }
        return dangers.max { (order.firstIndex(of: $0) ?? 0) < (order.firstIndex(of: $1) ?? 0) } ?? .service
    }
}
