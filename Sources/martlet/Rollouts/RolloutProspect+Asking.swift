import Fleet
import HubClient

extension RolloutProspect {
    /// Hosts of a hub that was just started are reached first: a login may take its time.
    init(_ request: RolloutRequest, _ client: HubClient) async throws {
        var forecast = try await client.plan(request)
        let hosts = forecast.rollout.batches.flatMap { $0 }
        var listings = try await client.actions(hosts)
        if listings.contains(where: { !$0.isConnected }) {
            listings = try await ActionHosts.listings(hosts, client, waits: true)
            forecast = try await client.plan(request)
        }
        self.init(
            forecast: forecast, definition: try await RolloutCall.definition(request.name, client),
            listings: listings)
    }
}
