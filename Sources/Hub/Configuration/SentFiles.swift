package import Fleet
import Foundation
import NIOPosix
import Wire

/// The files that `agent_conf` names, as they are sent to hosts without one of their own: read here, and checked by this
/// machine's agent, which reads them as a host's does.
package struct SentFiles: Sendable {
    /// One file that is right.
    package struct SentFile: Sendable {
        package let bytes: [UInt8]
        package let digest: String
        /// What its `[agent] interval` says; nil where it says nothing.
        package let intervalMilliseconds: UInt32?
    }

    /// By their paths here.
    package private(set) var files: [String: SentFile] = [:]
    package private(set) var errors: [ConfigurationError] = []
    package private(set) var warnings: [String] = []

    private static let checkMilliseconds: Int64 = 10_000

    package init() {}

    /// Reads those that are not known yet; `agent` is the program to check them with.
    mutating func read(_ paths: [String], agent: String?) async {
        for path in Set(paths).sorted() where files[path] == nil {
            do throws(ConfigurationError) {
                try await read(path, agent)
            } catch {
                errors.append(error)
            }
        }
    }

    private mutating func read(_ path: String, _ agent: String?) async throws(ConfigurationError) {
        let whole = Place(file: path)
        let file = NSString(string: path).expandingTildeInPath
        guard let text = try ConfigurationFile.text(of: file) else {
            throw ConfigurationError(
                whole, "agent_conf of hosts.yaml names it, and it is not there; write it")
        }
        let bytes = Array(text.utf8)
        guard bytes.count <= WireLimits.configurationBytes else {
            throw ConfigurationError(
                whole,
                "has more than \(WireLimits.configurationBytes >> 10) KiB, which is the most that is sent; "
                    + "put it on the hosts: martlet setup HOST --conf FILE")
        }
        let verdict = await Self.verdict(file, agent)
        if case .unchecked(let reason) = verdict {
            warnings.append("\(path): is sent to hosts, and could not be checked here: \(reason)")
        }
        var interval: UInt32?
        if case .checked(let found) = verdict {
            errors += found.findings.map {
                ConfigurationError(Place(file: $0.file, line: $0.line, column: $0.column), $0.text)
            }
            guard found.findings.isEmpty else { return }
            interval = found.intervalMilliseconds
        }
        files[path] = SentFile(
            bytes: bytes, digest: SHA256.hex(bytes), intervalMilliseconds: interval)
    }

    /// What the agent prints of a file.
    private struct Found: Decodable {
        struct Finding: Decodable {
            let file: String
            let line: Int
            let column: Int
            let text: String
        }

        let findings: [Finding]
        let intervalMilliseconds: UInt32?

        enum CodingKeys: String, CodingKey {
            case findings
            case intervalMilliseconds = "interval_ms"
        }
    }

    private enum Verdict {
        case checked(Found)
        case unchecked(String)
    }

    private static func verdict(_ path: String, _ agent: String?) async -> Verdict {
        guard let agent else { return .unchecked("martlet-agent is not beside martlet, nor on PATH") }
        let words = [agent, "check", "--sent", "--output", "json", path]
        do throws(HubError) {
            let run = try await ShortRun.run(
                words, milliseconds: checkMilliseconds, group: MultiThreadedEventLoopGroup.singleton)
            if let found = try? JSONDecoder().decode(Found.self, from: Data(run.output.utf8)) {
                return .checked(found)
            }
            let said = run.errors.split(separator: "\n").last.map(String.init)
            return .unchecked(said ?? "\(agent) check said nothing that can be read")
        } catch {
            return .unchecked("\(error)")
        }
    }
}
