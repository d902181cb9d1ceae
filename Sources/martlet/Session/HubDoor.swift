import Hub
import HubClient

/// A hub that runs, for commands that start none.
enum HubDoor {
    static func attach(_ socket: String?) async throws -> HubClient {
        if let socket {
            try HubStarter.probe(socket)
            return HubClient(socketPath: socket)
        }
        return try await HubStarter(
            candidates: HubFolders.candidates(), command: [], socket: "", log: ""
        ).attach()
    }
}
