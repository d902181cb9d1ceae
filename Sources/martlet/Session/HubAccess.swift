import Fleet
import Foundation
import Hub
import HubClient
import Synchronization
import Telemetry

/// How a command reaches a hub: one that runs, or one that it starts; and the hosts that it wants there.
final class HubAccess: Sendable {
    private let starter: HubStarter
    private let mayStart: Bool
    /// Words for the hosts to add after each connection, since a new hub knows none; empty for all of hosts.yaml, or
    /// this machine.
    private let words: [String]
    /// The folder that is in use here, and whether it was named.
    private let folder: (path: String, isNamed: Bool)?
    private let connected = Mutex<HubClient?>(nil)
    private let started = Mutex(false)

    /// Whether no hub ran, so that one was started for this.
    var hasStartedHub: Bool { started.withLock { $0 } }

    /// `socket` names the only hub to use; nil looks in the usual places and starts one where none answers.
    /// Where nobody listens at `socket`, that is said at once rather than on a screen that waits.
    init(socket: String?, hosts words: [String], config: String? = nil) throws {
        self.words = words
        folder = HostArguments.folder(config).map { ($0.path, config != nil) }
        if let socket {
            try HubStarter.probe(socket)
            starter = HubStarter(candidates: [socket], command: [], socket: socket, log: "")
            mayStart = false
        } else {
            let folders = try HubFolders()
            let named = folder.map { ["--config", $0.path] } ?? []
            starter = HubStarter(
                candidates: HubFolders.candidates(),
                command: [Programs.martlet, "hub", "--session"] + named
                    + (words.isEmpty ? [] : ["--"] + words),
                socket: folders.socket, log: folders.log)
            mayStart = true
        }
    }

    /// A hub that answers and knows the hosts.
    func connect() async throws -> HubClient {
        try await meet().client
    }

    /// What the words mean there, and whether the hub watches other hosts too. Blocks; for the time before a screen.
    func meant() throws -> (hosts: [HostID], hasOthers: Bool) {
        guard !words.isEmpty else { return ([], false) }
        return try ask { [self] in
            let (client, summaries) = try await meet()
            let names = Set(summaries.map(\.host))
            let all = try await client.hosts()
            let hasOthers = all.contains { !names.contains($0.host) }
            return (summaries.map { HostID($0.host) }, hasOthers)
        }
    }

    /// What happened under an id there. Blocks; for the time before a screen.
    func moment(ofID id: String) throws -> KnownMoment? {
        try ask { [self] in try await KnownMoment.find(id, in: try await connect()) }
    }

    private func ask<Answer: Sendable>(_ body: @escaping @Sendable () async throws -> Answer) throws -> Answer
    {
        let found = Mutex<Result<Answer, any Error>?>(nil)
        let isDone = DispatchSemaphore(value: 0)
        Task.detached {
            do {
                let answer = try await body()
                found.withLock { $0 = .success(answer) }
            } catch {
                found.withLock { $0 = .failure(error) }
            }
            isDone.signal()
        }
        isDone.wait()
        guard let answer = found.withLock({ $0 }) else { throw CancellationError() }
        return try answer.get()
    }

    private func meet() async throws -> (client: HubClient, summaries: [HostSummary]) {
        if let known = connected.withLock({ $0 }), await known.isAlive() { return (known, []) }
        let client =
            try await mayStart
            ? starter.connect { started.withLock { $0 = true } } : starter.attach()
        if let folder {
            let theirs = try await client.configuration().folder
            // A hub that was there before the folder.
            if theirs == nil { _ = try await client.reload() }
            if folder.isNamed, let theirs, theirs != folder.path {
                throw FolderError(hub: theirs, named: folder.path)
            }
        }
        let summaries = try await client.addHosts(words)
        connected.withLock { $0 = client }
        return (client, summaries)
    }
}

/// `--config` names another folder than the hub that runs has taken over.
struct FolderError: Error, CustomStringConvertible {
    let hub: String
    let named: String

    var description: String {
        "the hub that runs has taken \(hub) over, not \(named); end it, or leave --config out"
    }
}
