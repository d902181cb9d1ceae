import Fleet
import Foundation
import Hummingbird
import NIOCore
import ServiceLifecycle
import Telemetry

/// Who may call a route.
enum Scope: Sendable {
    /// Whoever may open the socket.
    case anyone
    /// Reads hosts and their history.
    case read
    /// Changes which hosts the hub watches.
    case write
}

/// One row of the API: docs/api.md lists the same routes.
struct HubRoute: Sendable {
    let method: HTTPRequest.Method
    let path: String
    let scope: Scope
    let respond: @Sendable (Request, HubRequestContext) async throws -> Response
}

/// The hub's routes, all in one table; what is not in it is refused.
struct HubRoutes: Sendable {
    let core: HubCore
    let addHosts: @Sendable ([String]) async throws -> [HostSummary]
    let forgetHosts: @Sendable ([String]) async throws -> Void
    let retryHosts: @Sendable ([String]) async throws -> Void
    let configuration: ConfigurationRoutes
    let clients: ClientCount
    /// Alerts and hooks; nil in a hub that is made for its core alone.
    var notifier: Notifier?
    /// Marks on charts; nil in a hub that is made for its core alone.
    var marks: MarkBook?
    /// Rollouts; nil in a hub that is made for its core alone.
    var rollouts: RolloutDriver?

    /// Ten thousand host names, each as long as one may be, are more than this; so many come in several calls.
    static let bodyBytesMax = 1 << 20

    var table: [HubRoute] {
        [
            HubRoute(method: .get, path: "/healthz", scope: .anyone) { _, _ in text("ok\n") },
            HubRoute(method: .get, path: "/readyz", scope: .anyone) { _, _ in text("ok\n") },
            HubRoute(method: .get, path: "/metrics", scope: .read) { _, _ in
                let (waiting, refused) = await notifier?.figures ?? (0, 0)
                return text(
                    HubMetrics.text(
                        await core.figures(), waitingNotices: waiting, refusedNotices: refused))
            },
            HubRoute(method: .get, path: "/v1/status", scope: .read) { _, _ in
                try Self.json(
                    HubStatus(version: martletVersion, pid: getpid(), hosts: await core.figures().hosts))
            },
            HubRoute(method: .get, path: "/v1/hosts", scope: .read) { _, _ in
                try Self.json(await core.summaries())
            },
            HubRoute(method: .post, path: "/v1/hosts", scope: .write, respond: postHosts),
            HubRoute(method: .post, path: "/v1/hosts/forget", scope: .write, respond: postForget),
            HubRoute(method: .post, path: "/v1/retry", scope: .write, respond: postRetry),
            HubRoute(method: .get, path: "/v1/live", scope: .read, respond: live),
            HubRoute(method: .get, path: "/v1/events", scope: .read, respond: events),
        ]
            + ActionRoutes(
                core: core, clients: clients, marks: marks, stream: { stream($0, $1, $2, stop: $3) }
            ).table
            + configuration.table
            + RuleRoutes(core: core).table
            + alertRoutes
            + markRoutes
            + RolloutRoutes(driver: rollouts, tell: { tell("rollouts", $0, as: $1, to: $2) }).table
    }

    @Sendable private func postHosts(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        let names = try await names(request)
        do {
            return try Self.json(try await addHosts(names))
        } catch HubError.word(let word, let reason) {
            throw HTTPError(
                .unprocessableContent, message: HubError.word(word, reason: reason).description)
        } catch let error as HubError {
            throw HTTPError(.badRequest, message: error.description)
        }
    }

    @Sendable private func postForget(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        try await change(request, forgetHosts)
    }

    @Sendable private func postRetry(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        try await change(request, retryHosts)
    }

    /// Does to the hosts that a request's body lists what the route is for.
    private func change(_ request: Request, _ apply: ([String]) async throws -> Void) async throws -> Response
    {
        let names = try await names(request)
        do {
            try await apply(names)
            return text("ok\n")
        } catch let error as HubError {
            if case .unknownHost = error { throw HTTPError(.notFound, message: error.description) }
            throw HTTPError(.unprocessableContent, message: error.description)
        }
    }

    /// The names of hosts that a request's body lists.
    private func names(_ request: Request) async throws -> [String] {
        try await Self.body(request, "the body must be a JSON list of host names")
    }

    /// The body as JSON; 400 says what was wanted, 413 how much is taken.
    static func body<Value: Decodable>(
        _ request: Request, _ wanted: String = "the body is not what docs/api.md says of this route"
    ) async throws -> Value {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw HTTPError(
                .contentTooLarge,
                message: "the body is larger than \(bodyBytesMax) bytes; send it in parts")
        }
        do {
            return try JSONDecoder().decode(Value.self, from: Data(body.readableBytesView))
        } catch {
            throw HTTPError(.badRequest, message: wanted)
        }
    }

    /// `from` and `to` of a query, in milliseconds since 1970: the last day where they are missing.
    static func span(_ request: Request) throws -> (from: Timestamp, to: Timestamp) {
        func time(_ name: Substring, _ initial: Int64) throws -> Timestamp {
            guard let text = request.uri.queryParameters[name] else {
                return Timestamp(milliseconds: initial)
            }
            guard let number = Int64(text), number >= 0, number < Int64.max / 2 else {
                throw HTTPError(.badRequest, message: "\(name) must be milliseconds since 1970")
            }
            return Timestamp(milliseconds: number)
        }
        let now = Clock.now().milliseconds
        return (try time("from", now - Notifier.dayMilliseconds), try time("to", now + 1))
    }

    @Sendable private func live(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let view: LiveView
        let feed: LiveFeed
        do {
            view = try LiveQuery.view(request.uri.queryParameters)
            feed = try await core.open(view)
        } catch let error as HubError {
            throw HTTPError(.notFound, message: error.description)
        }
        return stream(request, "application/vnd.martlet.frames", feed.frames) { feed.finish() }
    }

    /// Server-sent events: one `hosts` event with the whole list at first and at each change.
    @Sendable private func events(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        tell("hosts", await core.states(), to: request)
    }

    /// Server-sent events: one with the whole value at first and at each change.
    func tell<Value: Encodable & Sendable>(
        _ event: String, _ feed: LatestFeed<Value>, to request: Request
    ) -> Response {
        tell(event, feed, as: { $0 }, to: request)
    }

    /// The same in other words, which are made of each value that this reader is sent, in order.
    func tell<Value: Sendable, Words: Encodable & SendableMetatype>(
        _ event: String, _ feed: LatestFeed<Value>, as words: @escaping @Sendable (Value) -> Words,
        to request: Request
    ) -> Response {
        let head = Array("event: \(event)\ndata: ".utf8)
        let events = feed.values.compactMap { value -> [UInt8]? in
            (try? JSONEncoder().encode(words(value))).map { head + Array($0) + Array("\n\n".utf8) }
        }
        return stream(request, "text/event-stream", events) { feed.finish() }
    }

    /// Chunks as they come, until there are no more. A reader that went away, and a hub that is to end, `stop` them at
    /// once: between two chunks nothing is written that could fail.
    func stream<Chunks: AsyncSequence & Sendable>(
        _ request: Request, _ type: String, _ chunks: Chunks, stop: @escaping @Sendable () -> Void
    ) -> Response where Chunks.Element == [UInt8] {
        let clients = clients
        let body = ResponseBody { writer in
            clients.enter()
            defer { clients.leave() }
            try await withGracefulShutdownHandler {
                try await request.body.consumeWithInboundCloseHandler { _ in
                    for try await bytes in chunks { try await writer.write(ByteBuffer(bytes: bytes)) }
                } onInboundClosed: {
                    stop()
                }
            } onGracefulShutdown: {
                stop()
            }
            try await writer.finish(nil)
        }
        return Response(status: .ok, headers: [.contentType: type, .cacheControl: "no-store"], body: body)
    }

    static func json(_ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let data = try encoder.encode(value)
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: data)))
    }

    private func text(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; version=0.0.4; charset=utf-8"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

/// The query of /v1/live: view=fleet, view=host&host=NAME, view=traffic with or without a host, view=logs with any number of
/// them; window and step in milliseconds, end in milliseconds since 1970.
enum LiveQuery {
    static let windowMax: Int64 = 72 * 3_600_000
    /// Hosts that a request may name.
    static let hostsMax = 1000

    static func view(_ query: Parameters) throws -> LiveView {
        let subject: LiveView.Subject
        switch query["view"].map(String.init) {
        case "fleet": subject = .fleet
        case "host":
            guard let host = query["host"].map(String.init) else { throw missing("host") }
            subject = .host(HostID(host))
        case "traffic": subject = .traffic(host: query["host"].map { HostID(String($0)) })
        case "logs":
            subject = .logs(hosts: query[values: "host"].prefix(hostsMax).map { HostID(String($0)) })
        default: throw HTTPError(.badRequest, message: "view must be fleet, host, traffic or logs")
        }
        let window = try number(query, "window", initial: 600_000, 0...windowMax)
        let step = try number(query, "step", initial: 1000, 1000...86_400_000)
        let end = try query["end"] == nil ? nil : number(query, "end", initial: 0, 0...Int64.max / 2)
        return LiveView(
            subject: subject, windowMilliseconds: window, stepMilliseconds: step,
            end: end.map { Timestamp(milliseconds: $0) })
    }

    private static func number(
        _ query: Parameters, _ name: String, initial: Int64, _ range: ClosedRange<Int64>
    ) throws -> Int64 {
        guard let text = query[Substring(name)] else { return initial }
        guard let number = Int64(text), range.contains(number) else {
            throw HTTPError(
                .badRequest,
                message: "\(name) must be a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    private static func missing(_ name: String) -> HTTPError {
        HTTPError(.badRequest, message: "\(name) is missing")
    }
}

/// What /v1/status says.
struct HubStatus: Codable, Sendable {
    let version: String
    let pid: Int32
    let hosts: Int
}

/// The hub's own series.
enum HubMetrics {
    static func text(_ figures: HubFigures, waitingNotices: Int, refusedNotices: UInt64) -> String {
        var text = ""
        func add(_ name: String, _ type: String, _ value: some CustomStringConvertible) {
            text += "# TYPE martlet_hub_\(name) \(type)\nmartlet_hub_\(name) \(value)\n"
        }
        add("hosts", "gauge", figures.hosts)
        add("hosts_live", "gauge", figures.live)
        add("views", "gauge", figures.views)
        add("head_series", "gauge", figures.series)
        add("head_bytes", "gauge", figures.storedBytes)
        add("head_samples_total", "counter", figures.samples)
        add("head_repeated_samples_total", "counter", figures.repeatedSamples)
        add("head_dropped_chunks_total", "counter", figures.droppedChunks)
        add("head_dropped_events_total", "counter", figures.droppedEvents)
        add("refused_series_total", "counter", figures.refusedSeries)
        add("refused_histograms_total", "counter", figures.refusedHistograms)
        add("alerts_open", "gauge", figures.openAlerts)
        add("alerts_unopened", "gauge", figures.unopenedAlerts)
        add("notices_waiting", "gauge", waitingNotices)
        add("refused_notices_total", "counter", refusedNotices)
        add("source_paused_seconds_total", "counter", Double(figures.pausedMilliseconds) / 1000)
        text += "# TYPE martlet_hub_source_endings_total counter\n"
        for (reason, count) in figures.endings.sorted(by: { $0.key < $1.key }) {
            text += "martlet_hub_source_endings_total{reason=\"\(reason)\"} \(count)\n"
        }
        return text
    }
}

/// The API's table as text, for the test that holds docs/api.md against it.
package enum HubRouteList {
    /// Method, path and scope of each route.
    package static var all: [[String]] {
        let routes = HubRoutes(
            core: HubCore(), addHosts: { _ in [] }, forgetHosts: { _ in }, retryHosts: { _ in },
            configuration: ConfigurationRoutes(
                report: { ConfigurationReport(folder: nil) }, reload: { ConfigurationReport(folder: nil) }),
            clients: ClientCount())
        return routes.table.map { [$0.method.rawValue, $0.path, "\($0.scope)"] }
    }

    /// The names of the series that /metrics gives.
    package static var figures: [String] {
        get async {
            HubMetrics.text(await HubCore().figures(), waitingNotices: 0, refusedNotices: 0)
                .split(separator: "\n")
                .filter { $0.hasPrefix("# TYPE ") }.compactMap { $0.split(separator: " ").dropFirst(2).first }
                .map(String.init)
        }
    }
}
