package import Fleet
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Telemetry

/// Typed calls to a hub over its unix socket; docs/api.md lists the routes.
package struct HubClient: Sendable {
    package let socketPath: String
    private let group: any EventLoopGroup

    package init(socketPath: String) {
        self.socketPath = socketPath
        group = MultiThreadedEventLoopGroup.singleton
    }

    /// For a call whose answer is there at once; a hub that was stopped takes connections and says nothing.
    package static let answerSeconds = 10
    private static let aliveSeconds = 2

    /// Whether a hub answers there, within two seconds.
    package func isAlive() async -> Bool {
        (try? await greet(withinSeconds: Self.aliveSeconds)) != nil
    }

    /// Returns once a hub answers there.
    func greet(withinSeconds seconds: Int) async throws {
        _ = try await call(.GET, "/healthz", withinSeconds: seconds)
    }

    package func hosts() async throws -> [HostSummary] {
        try await get("/v1/hosts")
    }

    /// Has the hub watch the hosts that words mean, all of hosts.yaml or this machine for none; those hosts.
    package func addHosts(_ words: [String]) async throws -> [HostSummary] {
        let body = try JSONEncoder().encode(words)
        let answer = try await call(.POST, "/v1/hosts", body: body, withinSeconds: Self.inventorySeconds)
        return try JSONDecoder().decode([HostSummary].self, from: answer)
    }

    /// Has the hub end the watch of hosts that are not of hosts.yaml.
    package func forget(_ names: [String]) async throws {
        _ = try await call(.POST, "/v1/hosts/forget", body: try JSONEncoder().encode(names))
    }

    /// The folder of configuration as the hub has it.
    package func configuration() async throws -> ConfigurationReport {
        try await get("/v1/configuration")
    }

    /// Has the hub take its folder over again.
    package func reload() async throws -> ConfigurationReport {
        let answer = try await call(
            .POST, "/v1/configuration/reload", withinSeconds: Self.inventorySeconds)
        return try JSONDecoder().decode(ConfigurationReport.self, from: answer)
    }

    /// Inventory commands may take their time, ten minutes at most.
    private static let inventorySeconds = 610

    /// Tries hosts that failed again at once.
    package func retry(_ names: [String]) async throws {
        _ = try await call(.POST, "/v1/retry", body: try JSONEncoder().encode(names))
    }

    /// A view's history and what follows it. Ends when the hub ends it; the caller connects again.
    package func live(_ view: LiveView, _ take: @Sendable ([LiveUpdate]) async -> Void) async throws {
        var decoder = LiveDecoder()
        try await request(.GET, Self.path(of: view), body: nil) { bytes in
            let updates = try decoder.updates(for: bytes)
            if !updates.isEmpty { await take(updates) }
        }
    }

    /// The states of all hosts, at first and at each change.
    package func states(_ take: @Sendable ([HostSummary]) async -> Void) async throws {
        var events = EventLines()
        try await request(.GET, "/v1/events", body: nil) { bytes in
            for data in events.data(in: bytes) {
                if let summaries = try? JSONDecoder().decode([HostSummary].self, from: data) {
                    await take(summaries)
                }
            }
        }
    }

    private static func path(of view: LiveView) -> String {
        var path = "/v1/live?window=\(view.windowMilliseconds)&step=\(view.stepMilliseconds)"
        if let end = view.end { path += "&end=\(end.milliseconds)" }
        switch view.subject {
        case .fleet: path += "&view=fleet"
        case .host(let host):
            path += "&view=host" + argument(host)
        case .traffic(let host): path += "&view=traffic" + (host.map(argument) ?? "")
        case .logs(let hosts): path += "&view=logs" + hosts.map(argument).joined()
        }
        return path
    }

    private static func argument(_ host: HostID) -> String {
        "&host=" + (host.name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")
    }

    func call(
        _ method: HTTPMethod, _ path: String, body: Data? = nil, withinSeconds seconds: Int = answerSeconds
    ) async throws -> Data {
        try await withThrowingTaskGroup(of: Data.self) { tasks in
            tasks.addTask {
                var answer = Data()
                try await request(method, path, body: body) { answer.append(contentsOf: $0) }
                return answer
            }
            tasks.addTask {
                try await Task.sleep(for: .seconds(seconds))
                throw HubClientError.silent(socketPath, seconds: seconds)
            }
            defer { tasks.cancelAll() }
            guard let answer = try await tasks.next() else { throw HubClientError.closed(socketPath) }
            return answer
        }
    }

    /// One request on a connection of its own; the body's parts as they come.
    func request(
        _ method: HTTPMethod, _ path: String, body: Data?, _ take: ([UInt8]) async throws -> Void
    ) async throws {
        let channel = try await ClientBootstrap(group: group)
            .connect(unixDomainSocketPath: socketPath) { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    return try NIOAsyncChannel<HTTPClientResponsePart, HTTPClientRequestPart>(
                        wrappingChannelSynchronously: channel)
                }
            }
        try await channel.executeThenClose { inbound, outbound in
            var headers = HTTPHeaders([("host", "martlet")])
            if let body { headers.add(name: "content-length", value: "\(body.count)") }
            try await outbound.write(
                .head(HTTPRequestHead(version: .http1_1, method: method, uri: path, headers: headers)))
            if let body { try await outbound.write(.body(.byteBuffer(ByteBuffer(bytes: body)))) }
            try await outbound.write(.end(nil))
            try await read(inbound, take)
        }
    }

    // MARK: JSON

    func get<Answer: Decodable>(_ path: String) async throws -> Answer {
        try JSONDecoder().decode(Answer.self, from: try await call(.GET, path))
    }

    func post<Answer: Decodable>(
        _ path: String, _ body: some Encodable, withinSeconds seconds: Int = answerSeconds
    ) async throws -> Answer {
        let data = try await call(
            .POST, path, body: try JSONEncoder().encode(body), withinSeconds: seconds)
        return try JSONDecoder().decode(Answer.self, from: data)
    }

    // MARK: Parts of an answer

    private func read(
        _ inbound: NIOAsyncChannelInboundStream<HTTPClientResponsePart>,
        _ take: ([UInt8]) async throws -> Void
    ) async throws {
        var failure: HTTPResponseStatus?
        var message: [UInt8] = []
        for try await part in inbound {
            switch part {
            case .head(let head): if head.status.code >= 300 { failure = head.status }
            case .body(let buffer):
                let bytes = Array(buffer.readableBytesView)
                if failure == nil { try await take(bytes) } else { message += bytes }
            case .end:
                if let failure { throw HubClientError(status: Int(failure.code), body: message) }
                return
            }
        }
        throw HubClientError.closed(socketPath)
    }
}

/// What the hub said instead of an answer.
package enum HubClientError: Error, CustomStringConvertible {
    case refused(status: Int, message: String)
    case closed(String)
    /// It took the connection and said nothing.
    case silent(String, seconds: Int)
    /// The socket's mode keeps this user out.
    case forbidden(String)
    case notStarted(reason: String)
    /// Nobody answers at any of these sockets.
    case absent([String])

    init(status: Int, body: [UInt8]) {
        struct Answer: Decodable {
            struct Inner: Decodable { let message: String }
            let error: Inner
        }
        let message = (try? JSONDecoder().decode(Answer.self, from: Data(body)))?.error.message
        self = .refused(status: status, message: message ?? String(decoding: body, as: UTF8.self))
    }

    package var description: String {
        switch self {
        case .refused(_, let message): message
        case .closed(let path): "\(path): the hub closed the connection"
        case .silent(let path, let seconds):
            "\(path): the hub has not answered for \(seconds) s; it may be stopped: look for its process"
        case .forbidden(let path):
            "\(path): this user may not attach; its owner lets a group in with: martlet hub --group"
        case .notStarted(let reason): "the hub could not be started: \(reason)"
        case .absent(let sockets):
            "no hub answers at \(sockets.joined(separator: ", ")); start one: martlet hub"
        }
    }
}

/// The `data:` lines of server-sent events, wherever the bytes were split.
struct EventLines {
    private var pending: [UInt8] = []
    private static let pendingMax = 8 << 20

    mutating func data(in bytes: [UInt8]) -> [Data] {
        pending += bytes
        var found: [Data] = []
        while let end = pending.firstIndex(of: 0x0A) {
            let line = pending[..<end]
            if line.starts(with: Array("data: ".utf8)) { found.append(Data(line.dropFirst(6))) }
            pending.removeSubrange(...end)
        }
        if pending.count > Self.pendingMax { pending = [] }
        return found
    }
}
