import RequestLogs
import Testing

@Suite struct `Lines that could not be read` {
    private struct Missing: Error {}

    private static func log(_ lines: String...) throws -> (ServiceLog, LogReader) {
        var log = ServiceLog()
        guard case .fixed(let format) = try LogFormats.choice("nginx:combined") else { throw Missing() }
        var reader = LogReader(format)
        for line in lines { log.take(Array(line.utf8).span, file: 1, by: &reader) }
        log.settle()
        return (log, reader)
    }

    private static let minute: Int64 = 1_785_594_000_000

    @Test func `are told with the place where they do not fit, and the formats that come nearest`() throws {
        var (log, _) = try Self.log(
            #"203.0.113.9 - - [10/Oct/2030:13:55:36 +0000] "GET / HTTP/1.1" OK 12 "-" "x""#)
        let told = try #require(log.takeUnread(at: Self.minute).first)
        #expect(told.reason == .mismatch)
        let (fit, rest) = (told.text.prefix(told.fit), told.text.dropFirst(told.fit))
        #expect(String(decoding: fit, as: UTF8.self).hasSuffix(#"HTTP/1.1" "#))
        #expect(rest.starts(with: "OK 12".utf8))
        #expect(told.nearest.count == 3 && told.nearest.contains { $0.format.hasPrefix("nginx") })
    }

    @Test func `are told once a minute, while there are more of them`() throws {
        var (log, reader) = try Self.log("what is this?", "and this?")
        #expect(log.takeUnread(at: Self.minute).count == 1)
        log.take(Array("more".utf8).span, file: 1, by: &reader)
        log.settle()
        #expect(log.takeUnread(at: Self.minute + 59_999).isEmpty)
        let again = log.takeUnread(at: Self.minute + 60_000)
        // Still the first of its kind.
        #expect(again.map { String(decoding: $0.text, as: UTF8.self) } == ["what is this?"])
        #expect(log.takeUnread(at: Self.minute + 120_000).isEmpty)
    }

    @Test func `leave the host without their secrets, and the place moves with them`() throws {
        var (log, _) = try Self.log("password=hunter2hunter2 at once?")
        let told = try #require(log.takeUnread(at: Self.minute).first)
        let text = String(decoding: told.text, as: UTF8.self)
        #expect(!text.contains("hunter2") && text.hasSuffix(" at once?"), "\(text)")
        #expect((0...told.text.count).contains(told.fit))
    }

    @Test(arguments: Array(stride(from: 340, through: 400, by: 5)))
    func `leave it without them wherever they are cut`(_ count: Int) throws {
        let secrets = ["postgres://shop:hunter2secret@db1/shop", "ghp_0123456789abcdefghij0123456789abcdef"]
        for secret in secrets {
            let (before, after) = (String(repeating: "x", count: count), String(repeating: " y", count: 200))
            var (log, _) = try Self.log("\(before) \(secret)\(after)")
            let told = try #require(log.takeUnread(at: Self.minute).first)
            #expect(told.text.count <= 400)
            let text = String(decoding: told.text, as: UTF8.self)
            for part in ["hunter", "0123"] { #expect(!text.contains(part), "\(text.suffix(70))") }
        }
    }

    @Test func `are compared with formats whole, however little of them is told`() throws {
        let message = String(repeating: "x", count: 600)
        var (log, _) = try Self.log(#"{"level":"info","ts":1795334989.03,"msg":"\#(message)","status":200}"#)
        let told = try #require(log.takeUnread(at: Self.minute).first)
        #expect(told.text.count == 400)
        let formats = told.nearest.map(\.format)
        #expect(formats.contains { $0.contains("json") || $0.contains("caddy") }, "\(formats)")
    }

    @Test func `are none in a log that fits`() throws {
        var (log, _) = try Self.log(
            #"203.0.113.9 - - [10/Oct/2030:13:55:36 +0000] "GET / HTTP/1.1" 200 12 "-" "x""#)
        #expect(log.takeUnread(at: Self.minute).isEmpty)
    }
}
