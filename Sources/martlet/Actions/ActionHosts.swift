import Fleet
import Foundation
import HubClient
import Telemetry

/// Which of the hub's hosts a selector means, and what they declare once they are connected.
struct ActionHosts {
    let hosts: [String]
    let listings: [ActionListing]

    /// How long hosts may take to be reached: a login over jump hosts.
    static let connectSeconds = 20

    /// nil text means this machine; `*` all hosts.
    init(_ text: String?, _ client: HubClient, waits: Bool = true) async throws {
        let summaries = try await client.hosts()
        let attributes = summaries.map { summary in
            HostAttributes(
                name: summary.host, groups: summary.groups,
                tags: Labels(summary.tags.map { Label($0.key, $0.value) }))
        }
        if let text {
            let selector: Selector
            do {
                selector = try Selector(text)
            } catch {
                throw ActionRefusal.usage("\(text): \(error)")
            }
            if let unknown = selector.firstUnknown(among: attributes) {
                throw ActionRefusal.usage("\(text): \(unknown)")
            }
            hosts = attributes.filter { selector.matches($0) }.map(\.name)
            guard !hosts.isEmpty else { throw ActionRefusal.usage("\(text): no host is selected") }
        } else {
            let local = ThisMachine.hostName
            hosts = [local]
            guard summaries.contains(where: { $0.host == local }) else {
                throw ActionRefusal.usage("this machine is none of the hub's hosts; name some, or * for all")
            }
        }
        listings = try await Self.listings(hosts, client, waits: waits)
    }

    static func listings(
        _ hosts: [String], _ client: HubClient, waits: Bool
    ) async throws -> [ActionListing] {
        let deadline = ContinuousClock.now + .seconds(connectSeconds)
        while true {
            let listings = try await client.actions(hosts)
            let away = Set(listings.filter { !$0.isConnected }.map(\.host))
            let failed = try await client.hosts().filter { summary in
                guard case .failed = summary.state else { return false }
                return away.contains(summary.host)
            }
            // Who failed once may be there soon; the others answer or fail within their own time.
            if !waits || failed.count == away.count || ContinuousClock.now >= deadline { return listings }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}

/// Why nothing was asked of anybody.
enum ActionRefusal: Error, CustomStringConvertible {
    case usage(String)

    var description: String {
        switch self {
        case .usage(let text): text
        }
    }
}
