import RequestLogs
import Testing

@Suite struct `A line in an unknown form` {
    private static func unread(_ line: [UInt8]) throws -> UnreadLine {
        guard case .fixed(let format) = try LogFormats.choice("nginx:combined") else {
            throw CancellationError()
        }
        var (log, reader) = (ServiceLog(), LogReader(format))
        log.take(line.span, file: 7, by: &reader)
        log.settle()
        return try #require(log.takeUnread(at: 60_000).first)
    }

    @Test(arguments: Array(stride(from: 340, through: 400, by: 5)))
    func `is told of without its secrets, wherever it is cut`(_ count: Int) throws {
        let secrets = ["postgres://shop:hunter2secret@db1/shop", "ghp_0123456789abcdefghij0123456789abcdef"]
        for secret in secrets {
            let line =
                String(repeating: "x", count: count) + " " + secret + String(repeating: " y", count: 200)
            let unread = try Self.unread(Array(line.utf8))
            #expect(unread.text.count <= 400)
            let text = String(decoding: unread.text, as: UTF8.self)
            for part in ["hunter", "0123"] { #expect(!text.contains(part), "\(text.suffix(70))") }
        }
    }

    @Test func `is compared with formats whole, however little of it is shown`() throws {
        let object =
            #"{"level":"info","ts":1795334989.03,"msg":"\#(String(repeating: "x", count: 600))","status":200}"#
        let unread = try Self.unread(Array(object.utf8))
        #expect(unread.text.count == 400)
        let formats = unread.nearest.map(\.format)
        #expect(formats.contains { $0.contains("json") || $0.contains("caddy") }, "\(formats)")
    }
}
