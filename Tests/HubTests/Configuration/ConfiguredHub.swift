import Fleet
import Foundation
import Hub
import HubClient
import Logging
import TestSupport
import Testing

/// A hub of its own on a folder of configuration, whose hosts are listed and not dialled.
struct ConfiguredHub {
    let folder: TemporaryFolder
    let client: HubClient

    static func with(
        _ file: String?, rules: String? = nil, words: [String] = [],
        _ body: (ConfiguredHub) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        var options = HubOptions(folders: try HubFolders(environment: ["XDG_STATE_HOME": folder.url.path]))
        options.hosts = words
        let configuration = ConfigFolder(path: "\(folder.url.path)/config", origin: .option)
        try FileManager.default.createDirectory(atPath: configuration.path, withIntermediateDirectories: true)
        options.configuration = configuration
        options.agent = Program.built("martlet-agent")
        let hub = ConfiguredHub(folder: folder, client: HubClient(socketPath: options.folders.socket))
        if let file { try hub.write(file) }
        if let rules { try hub.write(rules, as: "rules.yaml") }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            tasks.addTask { [options] in try await HubServer(options, logger: quiet).run() }
            #expect(await Eventually.comes { await hub.client.isAlive() })
            try await body(hub)
            tasks.cancelAll()
        }
    }

    func write(_ text: String, as name: String = "hosts.yaml") throws {
        let file = folder.url.appending(path: "config/\(name)")
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: file, atomically: true, encoding: .utf8)
    }

    func script(_ name: String, _ lines: String) throws {
        try Program.script(lines, at: "\(folder.url.path)/config/\(name)")
    }

    var names: [String] {
        get async throws { try await client.hosts().map(\.host).sorted() }
    }
}
