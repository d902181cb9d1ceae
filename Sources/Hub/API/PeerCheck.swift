import Glibc
import Hummingbird
import NIOCore

/// A request and the connection that it came on.
struct HubRequestContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    let channel: any Channel
    /// Who calls; nil before the check.
    var peer: UInt32?

    init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        channel = source.channel
    }
}

/// Refuses callers of another user: the socket's mode keeps them out, and its peer credentials prove it.
struct PeerCheck: RouterMiddleware {
    /// Whether members of the socket's group may call too. Which groups a user is in, its peer's credentials do not say
    /// (they hold the first only); connect(2) has asked the socket's mode, 0660 by then.
    let isGroupOpen: Bool

    /// struct ucred, unix(7).
    private struct Credentials: Sendable {
        var pid: Int32 = 0
        var uid: UInt32 = .max
        var gid: UInt32 = .max
    }

    @concurrent func handle(
        _ request: Request, context: HubRequestContext,
        next: @concurrent (Request, HubRequestContext) async throws -> Response
    ) async throws -> Response {
        guard let socket = context.channel as? any SocketOptionProvider else {
            throw HTTPError(.forbidden, message: "this connection has no peer to check")
        }
        let peer: Credentials = try await socket.unsafeGetSocketOption(
            level: .init(rawValue: SOL_SOCKET), name: .init(rawValue: SO_PEERCRED)
        ).get()
        let isAllowed = isGroupOpen || peer.uid == geteuid() || peer.uid == 0
        guard isAllowed else {
            throw HTTPError(
                .forbidden, message: "this hub belongs to user \(geteuid()), you are user \(peer.uid)")
        }
        var context = context
        context.peer = peer.uid
        return try await next(request, context)
    }
}
