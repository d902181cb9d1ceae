import Fleet
import Foundation
import Glibc
import Hub
import HubClient
import Logging
import Synchronization
import Telemetry
import TestSupport
import Testing

/// A hub with the real agent on this machine, whose agent.conf a test writes; the hub may be ended and started again.
struct OrderingHub {
    let folder: TemporaryFolder
    let options: HubOptions
    let client: HubClient

    static let host = SourceCommand.localName

    /// `files` are those of the hub's own folder of configuration, if it is to have one; `$/` and `$HERE` are the test's folder.
    init(
        _ configuration: String, scripts: [String: String], files: [String: String] = [:],
        agentWords: [String] = []
    ) throws {
        folder = try TemporaryFolder()
        let agent = try #require(Program.built("martlet-agent"))
        let root = folder.url.path
        for (name, text) in scripts {
            try Program.script(text.replacing("$HERE", with: root), at: "\(root)/\(name)")
        }
        try Program.write(
            configuration.replacing("$/", with: "\(root)/"), to: "\(root)/agent.conf", mode: 0o600)
        let words = agentWords.joined(separator: " ").replacing("$HERE", with: root)
        try Program.script(
            """
            [ ! -e \(root)/hold ] || exit 1
            echo $$ > \(root)/pid
            exec \(agent) stream --no-discover --processes 0 --config \(root)/agent.conf --state \(root)/state \(words)
            """, at: "\(root)/agent")
        var options = HubOptions(folders: try HubFolders(environment: ["XDG_STATE_HOME": root]))
        options.agent = "\(root)/agent"
        options.waits.retryMilliseconds = 50
        if !files.isEmpty {
            let path = "\(root)/config"
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            for (name, text) in files {
                try Program.write(
                    text.replacing("$/", with: "\(root)/"), to: "\(path)/\(name)", mode: 0o600)
            }
            options.configuration = ConfigFolder(path: path, origin: .option)
        }
        self.options = options
        client = HubClient(socketPath: options.folders.socket)
    }

    func text(_ name: String) -> String {
        (try? String(contentsOfFile: folder.url.appending(path: name).path, encoding: .utf8)) ?? ""
    }

    /// One life of the hub.
    func run(_ body: (HubClient) async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [options] in
                try await HubServer(options, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
                    .run()
            }
            #expect(await Eventually.comes { await client.isAlive() })
            #expect(
                await Eventually.comes { (try? await client.actions().first?.isConnected) == true })
            try await body(client)
            tasks.cancelAll()
        }
    }

    func order(_ action: String, _ parameters: [String: String] = [:]) async throws -> OrderRun {
        let request = OrderRequest(action: action, parameters: parameters, hosts: [Self.host], actor: "anna")
        return try #require(try await client.order(request).first)
    }

    /// Follows an order to its end: its states in order, and what it wrote.
    func follow(_ id: String) async throws -> (states: [OrderRun.State], text: String) {
        let found = Mutex<([OrderRun.State], [UInt8])>(([], []))
        try await client.follow(orders: [id]) { update in
            found.withLock { found in
                switch update {
                case .run(let run): if found.0.last != run.state { found.0.append(run.state) }
                case .output(_, _, let bytes): found.1 += bytes
                }
            }
        }
        return found.withLock { ($0.0, String(decoding: $0.1, as: UTF8.self)) }
    }
}
