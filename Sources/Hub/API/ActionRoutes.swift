import Fleet
import Foundation
import Glibc
import Hummingbird
import NIOCore
import Telemetry

/// What hosts let others start, orders, and the audit of them.
struct ActionRoutes: Sendable {
    let core: HubCore
    let clients: ClientCount
    let marks: MarkBook?
    let stream:
        @Sendable (
            Request, String, AsyncMapSequence<AsyncStream<OrderUpdate>, [UInt8]>,
            @escaping @Sendable () -> Void
        ) -> Response

    private static let actorBytesMax = 128
    private static let idsMax = 1000

    var table: [HubRoute] {
        [
            HubRoute(method: .get, path: "/v1/actions", scope: .read, respond: actions),
            HubRoute(method: .get, path: "/v1/orders", scope: .read, respond: orders),
            HubRoute(method: .post, path: "/v1/orders", scope: .write, respond: post),
            HubRoute(method: .post, path: "/v1/orders/cancel", scope: .write, respond: cancel),
            HubRoute(method: .get, path: "/v1/orders/live", scope: .read, respond: live),
            HubRoute(method: .get, path: "/v1/audit", scope: .read, respond: audit),
        ]
    }

    private func dispatch() async throws -> Dispatch {
        guard let dispatch = await core.dispatch else {
            throw HTTPError(.serviceUnavailable, message: "this hub takes no orders")
        }
        return dispatch
    }

    @Sendable private func actions(_ request: Request, _ context: HubRequestContext) async throws -> Response
    {
        let hosts = request.uri.queryParameters[values: "host"].prefix(Self.idsMax).map { HostID(String($0)) }
        return try HubRoutes.json(try await dispatch().listings(Array(hosts)))
    }

    @Sendable private func orders(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let dispatch = try await dispatch()
        let ids = Self.ids(request)
        guard !ids.isEmpty else { return try HubRoutes.json(await dispatch.recent(Self.idsMax)) }
        var runs: [OrderRun] = []
        for id in ids {
            guard let run = await dispatch.run(id) else {
                throw HTTPError(.notFound, message: "no order \(id) is known to this hub")
            }
            runs.append(run)
        }
        return try HubRoutes.json(runs)
    }

    @Sendable private func post(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let order: OrderRequest = try await HubRoutes.body(
            request, "the body must be JSON with action, parameters and hosts")
        guard !order.hosts.isEmpty else { throw HTTPError(.badRequest, message: "name at least one host") }
        let actor = try Self.actor(context, name: order.actor)
        do {
            let runs = try await dispatch().order(order, actor: actor)
            await mark(runs)
            return try HubRoutes.json(runs)
        } catch let error as DispatchError {
            throw Self.answer(to: error)
        }
    }

    @Sendable private func cancel(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let body: CancelRequest = try await HubRoutes.body(request, "the body must be JSON with ids")
        let actor = try Self.actor(context, name: body.actor)
        guard !body.ids.isEmpty else { throw HTTPError(.badRequest, message: "name at least one order") }
        do {
            let ids = Array(body.ids.prefix(Self.idsMax))
            return try HubRoutes.json(try await dispatch().cancel(ids, actor: actor))
        } catch let error as DispatchError {
            throw Self.answer(to: error)
        }
    }

    private static func answer(to error: DispatchError) -> HTTPError {
        switch error {
        case .unknownHost, .unknownOrder: HTTPError(.notFound, message: error.description)
        case .undeclared, .tooMany: HTTPError(.badRequest, message: error.description)
        case .journal: HTTPError(.serviceUnavailable, message: error.description)
        }
    }

    /// What was started stands on the charts of its hosts.
    private func mark(_ runs: [OrderRun]) async {
        let started = runs.filter { $0.state != .notStarted }
        guard let first = started.first else { return }
        let parameters = first.parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        let title = ([first.action] + parameters).joined(separator: " ")
        // The order is on its way; a mark that is not kept changes nothing of that.
        _ = try? await marks?.add(
            Mark(
                at: Timestamp(milliseconds: first.orderedAt), kind: .action, title: HubRoutes.title(title),
                hosts: started.map(\.host), actor: first.actor["as"] ?? first.actor["user"] ?? "",
                link: first.id))
    }

    /// Server-sent events: `order` with the order as it stands, `output` with a part of what it wrote; ends when all of them
    /// have ended.
    @Sendable private func live(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let ids = Self.ids(request)
        guard !ids.isEmpty else { throw HTTPError(.badRequest, message: "id is missing") }
        let feed = await (try dispatch()).feed(ids)
        // What a reader that stands still has not taken stays in the feed, which has a bound.
        return stream(request, "text/event-stream", feed.updates.map { Self.event($0) }) { feed.finish() }
    }

    @Sendable private func audit(_ request: Request, _ context: HubRequestContext) async throws -> Response {
        let since = request.uri.queryParameters["since"].flatMap { Int64($0) } ?? 0
        let (records, fault) = try await dispatch().audit()
        return try HubRoutes.json(AuditAnswer(records: records.filter { $0.time >= since }, fault: fault))
    }

    private static func ids(_ request: Request) -> [String] {
        request.uri.queryParameters[values: "id"].prefix(idsMax).map(String.init)
    }

    private static func event(_ update: OrderUpdate) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        let name: String
        let data: Data?
        switch update {
        case .run(let run): (name, data) = ("order", try? encoder.encode(run))
        case .output(let id, let offset, let bytes):
            let part = OutputEvent(id: id, offset: offset, bytes: Data(bytes).base64EncodedString())
            (name, data) = ("output", try? encoder.encode(part))
        }
        return Array("event: \(name)\ndata: ".utf8) + Array(data ?? Data("{}".utf8)) + Array("\n\n".utf8)
    }

    /// Who asks, as the socket's peer proves it, and the name that was given beside it.
    static func actor(_ context: HubRequestContext, name: String?) throws -> [String: String] {
        let name = name ?? ""
        guard name.utf8.count <= actorBytesMax, name.unicodeScalars.allSatisfy({ $0.value >= 0x20 }) else {
            throw HTTPError(.badRequest, message: "actor is a name of \(actorBytesMax) bytes at most")
        }
        var actor: [String: String] = [:]
        if let uid = context.peer {
            actor["uid"] = "\(uid)"
            if let entry = getpwuid(uid) { actor["user"] = String(cString: entry.pointee.pw_name) }
        }
        if !name.isEmpty { actor["as"] = name }
        return actor
    }
}

/// What /v1/audit answers.
private struct AuditAnswer: Codable {
    let records: [AuditRecord]
    /// The first line that does not follow from the one before; nil where all do.
    let fault: String?
}

private struct OutputEvent: Codable {
    let id: String
    let offset: UInt64
    /// In base64.
    let bytes: String
}
