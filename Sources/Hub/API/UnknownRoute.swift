import Hummingbird

/// Says of a path that is in no table that it is in none.
struct UnknownRoute: RouterMiddleware {
    @concurrent func handle(
        _ request: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && error.body == nil {
            throw HTTPError(
                .notFound,
                message:
                    "there is no route \(request.method.rawValue) \(request.uri.path); docs/api.md lists them"
            )
        }
    }
}
