import Fleet
import Hub
import HubClient
import Synchronization

/// How a command reaches a hub: one that runs, or one that it starts; and the hosts that it wants there.
final class HubAccess: Sendable {
    private let starter: HubStarter
    private let mayStart: Bool
    /// Hosts to add after each connection, since a new hub knows none; empty for this machine.
    private let hosts: [String]
    private let connected = Mutex<HubClient?>(nil)

    /// `socket` names the only hub to use; nil looks in the usual places and starts one where none answers.
    /// Where nobody listens at `socket`, that is said at once rather than on a screen that waits.
    init(socket: String?, hosts: [String]) throws {
        self.hosts = hosts
        if let socket {
            try HubStarter.probe(socket)
            starter = HubStarter(candidates: [socket], command: [], socket: socket, log: "")
            mayStart = false
        } else {
            let folders = try HubFolders()
            starter = HubStarter(
                candidates: HubFolders.candidates(), command: [Programs.martlet, "hub", "--session"] + hosts,
                socket: folders.socket, log: folders.log)
            mayStart = true
        }
    }

    /// A hub that answers and knows the hosts.
    func connect() async throws -> HubClient {
        if let known = connected.withLock({ $0 }), await known.isAlive() { return known }
        let client = try await mayStart ? starter.connect() : starter.attach()
        _ = try await client.addHosts(hosts)
        connected.withLock { $0 = client }
        return client
    }
}
