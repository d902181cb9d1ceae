import Foundation
import TestSupport

/// A real server that a test runs in a folder of its own, until the test lets go of it.
final class PeerServer {
    let port: UInt16
    private let process = Process()

    /// Starts `program` and waits until it listens on `port`; what it prints goes to `output` and `errors`.
    init(
        _ program: String, _ arguments: [String], port: UInt16, output: URL, errors: URL,
        environment: [String: String] = [:]
    ) throws {
        self.port = port
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try Self.file(output)
        process.standardError = output == errors ? process.standardOutput : try Self.file(errors)
        try process.run()
        guard Eventually.holds(within: 30, { Loopback.answers(port) }) else {
            process.terminate()
            throw POSIXError(.ECONNREFUSED)
        }
    }

    private static func file(_ url: URL) throws -> FileHandle {
        try Data().write(to: url)
        return try FileHandle(forWritingTo: url)
    }

    /// Ends it, so that its log is whole.
    func end() {
        guard process.isRunning else { return }
        process.terminate()
        process.waitUntilExit()
    }

    deinit { end() }
}
