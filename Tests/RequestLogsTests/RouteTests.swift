import RequestLogs
import TestSupport
import Testing

@Suite struct `Route templates` {
    private static func line(_ path: String, _ status: Int = 200, method: String = "GET") -> String {
        "h - - [22/Nov/2026:08:09:25 +0000] \"\(method) \(path) HTTP/1.1\" \(status) 5\n"
    }

    private func routes(_ lines: String, _ summary: LogSummary = LogSummary()) throws -> [String: UInt64] {
        let outcome = try #require(try Reading.read(Array(lines.utf8), "apache:common", summary: summary))
        var found: [String: UInt64] = [:]
        for series in outcome.summary.series where series.requests > 0 {
            let name = outcome.summary.routes.name(of: series.route)
            found["\(series.method.text) \(name)", default: 0] += series.requests
        }
        return found
    }

    @Test(arguments: [
        ("/", "/"), ("/items/7", "/items/:id"), ("/items/7?x=/y", "/items/:id"),
        ("/v1/users/42/orders/77", "/v1/users/:id/orders/:id"),
        ("/a/3f2504e0-4f89-11d3-9a0c-0305e82c3301", "/a/:id"), ("/commit/9747ea2d1c", "/commit/:id"),
        ("/day/2026-11-22/list", "/day/:id/list"), ("/static/app.9747ea2d.css", "/static/:id"),
        ("/h264/v2", "/h264/v2"),
        ("/caf%C3%A9/%E6%9D%B1", "/café/東"), ("/a;jsessionid=1F/b", "/a"), ("http://h/x/1", "/x/:id"),
        ("/x/", "/x/"), ("//", "//"),
        ("/facade/decade", "/facade/decade"), ("/t/dGhpcyBpcyBhIHRva2Vu1a2b3c", "/t/:id"),
    ])
    func `take ids out of a path`(_ path: String, _ template: String) throws {
        #expect(try routes(Self.line(path)) == ["GET \(template)": 1])
    }

    @Test func `are not made by paths that were not found`() throws {
        #expect(
            try routes(Self.line("/wp-login.php", 404) + Self.line("/a", 405) + Self.line("/b", 400))
                == ["GET other": 3])
        #expect(try routes(Self.line("/x") + Self.line("/x", 404)) == ["GET /x": 2])
    }

    @Test func `of the operator come first, and checks are counted apart`() throws {
        let patterns = ["/items/:item/*", "/files/*"].compactMap(RoutePattern.init)
        let ignored = ["GET /healthz", "* /internal/*"].compactMap(IgnoredRequest.init)
        let summary = LogSummary(routePatterns: patterns, ignored: ignored)
        let lines =
            ["/items/7/a/b", "/files/x/y", "/files/z", "/healthz", "/internal/a", "/other"].map {
                Self.line($0)
            }.joined()
            + Self.line("/healthz", method: "POST")
        #expect(
            try routes(lines, summary) == [
                "GET /items/:item/*": 1, "GET /files/*": 2, "GET /other": 1, "POST /healthz": 1,
            ])
    }

    @Test func `are checks by every rule that fits the path, and keep the operator's name for other methods`()
        throws
    {
        let patterns = ["/items/:id"].compactMap(RoutePattern.init)
        let ignored = ["GET /api/*", "* /api/health", "GET /items/*"].compactMap(IgnoredRequest.init)
        let summary = LogSummary(routePatterns: patterns, ignored: ignored)
        let lines = ["/api/health", "/api/orders", "/items/7"].map {
            Self.line($0) + Self.line($0, method: "POST")
        }
        #expect(try routes(lines.joined(), summary) == ["POST /api/*": 1, "POST /items/:id": 1])
    }

    @Test func `that the log names itself are checks by their paths`() throws {
        let summary = LogSummary(ignored: ["GET /healthz"].compactMap(IgnoredRequest.init))
        let lines = ["/healthz", "/items/7"].map {
            #"{"method":"GET","path":"\#($0)","route":"items#show","status":200}"# + "\n"
        }
        let outcome = try #require(
            try Reading.read(Array(lines.joined().utf8), "json:route=route", summary: summary))
        #expect(outcome.summary.checks == 1)
        #expect(outcome.summary.requests == 1)
    }

    @Test func `take names that branch widely for ids, but keep the busy ones`() throws {
        var lines = ""
        for round in 0..<20 {
            for name in ["login", "about", "cart"] { lines += Self.line("/\(name)?r=\(round)") }
        }
        for name in 0..<200 { lines += Self.line("/" + Self.word(name)) }
        let found = try routes(lines)
        #expect(found["GET /login"] == 20)
        #expect(found["GET /cart"] == 20)
        #expect(found.count < 20, "\(found)")
        #expect(found.values.reduce(0, +) == 260)
    }

    /// A name without digits for each number.
    private static func word(_ number: Int) -> String {
        var rest = number
        var text = "n"
        repeat {
            text.append(Character(Unicode.Scalar(UInt8(97 + rest % 26))))
            rest /= 26
        } while rest > 0
        return text + "x"
    }

    @Test(arguments: [200, 404])
    func `stay few under a scan of very many paths, with exact totals`(_ status: Int) throws {
        let count = 100_000
        var random = SeededRandom(seed: 7)
        var summary = LogSummary()
        var reader = LogReader(try #require(try Self.format()))
        var buffer = LineBuffer()
        var lines: [UInt8] = []
        for number in 0..<count {
            let depth = Int.random(in: 1...4, using: &random)
            let path = (0..<depth).map { "/" + Self.word(number &* (31 + $0) % 300_007) }.joined()
            lines += Array(Self.line(path, status).utf8)
            if lines.count > 60_000 {
                _ = buffer.append(lines.span, from: 0)
                lines = []
                reader.read(&buffer, isFinal: false, into: &summary)
            }
        }
        _ = buffer.append(lines.span, from: 0)
        reader.read(&buffer, isFinal: true, into: &summary)
        #expect(summary.requests == UInt64(count))
        #expect(summary.series.count <= LogSummary.seriesMax)
        #expect(summary.series.map(\.requests).reduce(0, +) == UInt64(count))
        if status == 404 { #expect(summary.series.filter { $0.requests > 0 }.count == 1) }
    }

    private static func format() throws -> LogFormat? {
        guard case .fixed(let format) = try LogFormats.choice("apache:common") else { return nil }
        return format
    }
}
