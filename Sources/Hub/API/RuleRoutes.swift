import Fleet
import Foundation
import Hummingbird
import NIOCore
import Telemetry

/// Rules: how they stand, and when a condition would have fired.
struct RuleRoutes: Sendable {
    let core: HubCore

    var table: [HubRoute] {
        [
            HubRoute(method: .get, path: "/v1/rules", scope: .read) { _, _ in try json(await core.rules()) },
            HubRoute(method: .get, path: "/v1/rules/try", scope: .read, respond: tryCondition),
        ]
    }

    /// As far back as the head goes.
    private static let sinceMax: Int64 = 72 * 3_600_000

    /// `condition`, and if wanted `where` a selector; `since` milliseconds back from now, an hour where it is missing.
    @Sendable private func tryCondition(_ request: Request, _ context: HubRequestContext) async throws
        -> Response
    {
        let query = request.uri.queryParameters
        guard let text = query["condition"].map(String.init) else {
            throw HTTPError(.badRequest, message: "condition is missing")
        }
        let tags = Set(await core.attributes().flatMap { $0.tags.pairs.map(\.name) }).sorted()
        let condition: Condition
        let selector: Selector?
        do throws(QueryError) {
            condition = try Condition(text, tags: tags)
            selector = try query["where"].map(String.init).map { text throws(QueryError) in try Selector(text)
            }
        } catch {
            throw HTTPError(.badRequest, message: error.description)
        }
        guard let since = Int64(query["since"] ?? "3600000"), (1000...Self.sinceMax).contains(since) else {
            throw HTTPError(.badRequest, message: "since must be a number from 1000 to \(Self.sinceMax)")
        }
        let now = Clock.now()
        guard
            let trial = await core.tryCondition(
                condition, where: selector, from: now.advanced(byMilliseconds: -since), to: now)
        else {
            throw HTTPError(
                .tooManyRequests, message: "another condition is being tried just now; ask again in a moment")
        }
        return try json(trial)
    }

    private func json(_ value: some Encodable) throws -> Response {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return Response(
            status: .ok, headers: [.contentType: "application/json"],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: try encoder.encode(value))))
    }
}
