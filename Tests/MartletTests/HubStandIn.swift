import Fleet
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import TestSupport

/// A hub that answers as a test tells it to, at a socket of its own.
final class HubStandIn: Sendable {
    struct Answer: Sendable {
        var status = 200
        var body = Data()
        /// Server-sent events; the connection stays open after the last.
        var events: [Data]?

        static func json(_ value: some Encodable) -> Answer {
            Answer(body: (try? JSONEncoder().encode(value)) ?? Data())
        }

        static func refusal(_ status: Int, _ message: String) -> Answer {
            Answer(status: status, body: Data(#"{"error":{"message":"\#(message)"}}"#.utf8))
        }
    }

    struct Call: Sendable {
        let line: String
        let body: Data
    }

    let socket: String
    private let folder: TemporaryFolder
    private let channel: any Channel
    private let book: CallBook

    private final class CallBook: Sendable {
        let calls = Mutex<[Call]>([])
    }

    /// `answer` gets `METHOD /path` and the body; nil is 404.
    init(_ answer: @escaping @Sendable (String, Data) -> Answer?) async throws {
        folder = try TemporaryFolder()
        socket = "\(folder.url.path)/hub.sock"
        let book = CallBook()
        self.book = book
        channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(
                        StandInHandler { line, body in
                            book.calls.withLock { $0.append(Call(line: line, body: body)) }
                            return answer(line, body)
                        })
                }
            }
            .bind(unixDomainSocketPath: socket).get()
    }

    /// The bodies that came with `METHOD /path`, decoded.
    func bodies<Body: Decodable>(_ line: String, as type: Body.Type = Body.self) -> [Body] {
        book.calls.withLock { $0 }.filter { $0.line == line }
            .compactMap { try? JSONDecoder().decode(Body.self, from: $0.body) }
    }

    func end() async throws { try await channel.close() }
}

private final class StandInHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: (String, Data) -> HubStandIn.Answer?
    private var line = ""
    private var body = Data()

    init(_ answer: @escaping (String, Data) -> HubStandIn.Answer?) {
        self.answer = answer
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            line = "\(head.method) \(head.uri.prefix { $0 != "?" })"
            body = Data()
        case .body(let buffer): body.append(contentsOf: buffer.readableBytesView)
        case .end: reply(answer(line, body) ?? .refusal(404, "no such route: \(line)"), context)
        }
    }

    private func reply(_ answer: HubStandIn.Answer, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders()
        if answer.events == nil { headers.add(name: "content-length", value: "\(answer.body.count)") }
        let head = HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        for part in answer.events?.map({ Data("data: ".utf8) + $0 + Data("\n\n".utf8) }) ?? [answer.body] {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: part)))), promise: nil)
        }
        if answer.events == nil { context.write(wrapOutboundOut(.end(nil)), promise: nil) }
        context.flush()
    }
}
