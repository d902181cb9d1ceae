import RequestLogs
import Telemetry
import TestSupport
import Testing

/// What a tail hands on line by line is counted as the whole log is, whatever comes between.
@Suite struct `A service's log` {
    private static let format = #"nginx:$remote_addr [$time_local] "$request" $status $request_time"#

    private static func reader(_ name: String = format) throws -> LogReader {
        guard case .fixed(let format) = try LogFormats.choice(name) else {
            throw LineError.unknown
        }
        return LogReader(format)
    }

    private enum LineError: Error { case unknown }

    private static func line(_ path: String, _ status: Int, _ seconds: String, method: String = "GET")
        -> [UInt8]
    {
        Array(
            "1.2.3.4 [22/Nov/2026:08:09:25 +0000] \"\(method) \(path) HTTP/1.1\" \(status) \(seconds)".utf8)
    }

    private static func counts(_ bytes: [UInt8]) -> RequestCounts? { RequestCounts(bytes.span) }

    private static func count(_ counts: RequestCounts, _ route: String, _ code: UInt16) -> UInt64 {
        let codes = counts.series.filter { $0.key.route == route }.flatMap(\.codes)
        return codes.filter { $0.code == code }.reduce(0) { $0 + $1.count }
    }

    @Test func `counts requests by method, route and status, with their durations`() throws {
        var log = ServiceLog()
        var reader = try Self.reader()
        for id in 1...5 { log.take(Self.line("/items/\(id)", 200, "0.010").span, file: 1, by: &reader) }
        log.take(Self.line("/items/9", 500, "0.500").span, file: 1, by: &reader)
        log.take(Self.line("/items/9", 499, "0.5", method: "POST").span, file: 1, by: &reader)
        log.take([1, 2, 3].span, file: 1, by: &reader)
        log.settle()
        #expect(Self.count(log.totals, "/items/:id", 200) == 5)
        #expect(Self.count(log.totals, "/items/:id", 500) == 1)
        let get = try #require(log.totals.series.first { $0.key.method == .get })
        #expect(get.latency.count == 6)
        #expect(abs(get.latency.sum - 0.55) < 1e-9)
        #expect(log.totals.aborts == 1)
        #expect(log.totals.requestLines == 7)
        #expect(log.totals.unparsed.reduce(0, +) == 1)
        #expect(log.unparsedSamples[.mismatch]?.line == 8)
    }

    @Test(arguments: [UInt64(1), 2, 3])
    func `never lets a counter shrink and counts each request once, however routes are merged`(_ seed: UInt64)
        throws
    {
        var random = SeededRandom(seed: seed)
        var log = ServiceLog()
        var reader = try Self.reader()
        var seen: [UInt64: UInt64] = [:]
        var rises: UInt64 = 0
        var sent: UInt64 = 0
        for turn in 0..<60 {
            for _ in 0..<Int.random(in: 0...200, using: &random) {
                let words = ["/users/", "/shop/", "/a/b/", "/x/"]
                let word = words.randomElement(using: &random) ?? "/"
                let name = String(Int.random(in: 0...5000, using: &random), radix: 36)
                let path = word + String(name.map { $0.isNumber ? "q" : $0 })
                log.take(Self.line(path, 200, "0.01").span, file: 1, by: &reader)
                sent += 1
            }
            log.settle()
            for one in log.totals.series {
                let now = one.codes.reduce(0) { $0 + $1.count }
                #expect(now >= seen[one.number, default: 0], "seed \(seed), turn \(turn): \(one.key)")
                #expect(one.latency.count == now)
                rises += now - min(now, seen[one.number, default: 0])
                seen[one.number] = now
            }
            #expect(rises == sent, "seed \(seed), turn \(turn)")
            #expect(log.totals.series.count <= RequestCounts.seriesMax)
        }
    }

    @Test func `keeps two hundred series while a million paths are scanned`() throws {
        var log = ServiceLog()
        var reader = try Self.reader()
        let total = 100_000
        for number in 0..<total {
            let path = "/\(Character(UnicodeScalar(UInt8(97 + number % 26))))x\(number / 26)/y\(number)z"
            log.take(Self.line(path, number % 3 == 0 ? 404 : 200, "0.01").span, file: 1, by: &reader)
            if number % 5000 == 0 { log.settle() }
        }
        log.settle()
        #expect(log.totals.series.count <= RequestCounts.seriesMax)
        #expect(log.totals.requests <= UInt64(total))
        #expect(log.unsaved.requests == UInt64(total))
    }

    @Test func `goes on after a restart from what was recorded`() throws {
        var whole = ServiceLog()
        var first = ServiceLog()
        var (a, b) = (try Self.reader(), try Self.reader())
        let lines = (0..<50).map { Self.line("/items/\($0)", [200, 404, 500][$0 % 3], "0.0\($0)") }
        for line in lines { whole.take(line.span, file: 1, by: &a) }
        for line in lines[..<20] { first.take(line.span, file: 1, by: &b) }
        first.settle()
        var totals: [UInt8] = []
        first.totals.append(to: &totals)
        first.unsavedIsSaved()
        for line in lines[20..<35] { first.take(line.span, file: 1, by: &b) }
        first.settle()
        var deltas: [UInt8] = []
        first.unsaved.append(to: &deltas)
        var second = ServiceLog()
        second.restore(try #require(Self.counts(totals)))
        second.restore(try #require(Self.counts(deltas)))
        for line in lines[35...] { second.take(line.span, file: 1, by: &b) }
        second.settle()
        whole.settle()
        #expect(second.totals.requests == 50)
        for (left, right) in zip(second.totals.series, whole.totals.series) {
            #expect(left.key == right.key)
            #expect(left.codes.sorted { $0.code < $1.code } == right.codes.sorted { $0.code < $1.code })
            #expect(left.latency.buckets == right.latency.buckets)
            #expect(abs(left.latency.sum - right.latency.sum) < 1e-9)
        }
    }

    @Test func `refuses bytes that are no counts, and never traps on any`() throws {
        var log = ServiceLog()
        var reader = try Self.reader()
        for id in 0..<9 { log.take(Self.line("/\(id)/x", 200, "0.\(id)").span, file: 1, by: &reader) }
        log.settle()
        var bytes: [UInt8] = []
        log.totals.append(to: &bytes)
        #expect(Self.counts(bytes) == log.totals)
        for length in 0..<bytes.count { #expect(Self.counts(Array(bytes[..<length])) == nil) }
        var random = SeededRandom(seed: 7)
        for _ in 0..<2000 {
            var copy = bytes
            for _ in 0..<3 {
                copy[Int.random(in: 0..<copy.count, using: &random)] = UInt8.random(
                    in: 0...255, using: &random)
            }
            _ = Self.counts(copy)
        }
    }

    @Test(arguments: [
        (
            "railsdefault",
            [
                #"I, [2026-11-22T08:11:12.72 #27069]  INFO -- : [885e] Started GET "/x" for ::1 at 2026-11-22 08:11:12 +0000"#,
                "I, [2026-11-22T08:11:12.72 #27069]  INFO -- : [885e] Completed 200 OK in 12ms (Views: 0.2ms)",
            ]
        ),
        (
            "lograge",
            [
                "method=GET path=/fail controller=A action=b status=500 error='x: undefined `price' for nil",
                "  ^^^' duration=1.99 view=0",
            ]
        ),
        (
            "mysql:slow",
            [
                "# Time: 2026-11-22T07:00:01.814930Z", "# User@Host: s[s] @  [::1]  Id: 1",
                "# Query_time: 0.29  Lock_time: 0", "SELECT 1;",
            ]
        ),
        (
            "postgresql:csv",
            [
                #"2026-11-22 08:01:32.090 UTC,,,213,,6b.5,1,,2026-11-22 08:01:32 UTC,,0,LOG,00000,"duration: 1.5 ms  statement: x"#,
                #"y","",,"#,
            ]
        ),
    ])
    func `keeps what is open over a restart between any two lines`(_ row: (format: String, lines: [String]))
        throws
    {
        var whole = ServiceLog()
        var reader = try Self.reader(row.format)
        for line in row.lines { whole.take(Array(line.utf8).span, file: 1, by: &reader) }
        whole.settle()
        for cut in 1..<row.lines.count {
            var parts = ServiceLog()
            var before = try Self.reader(row.format)
            for line in row.lines[..<cut] { parts.take(Array(line.utf8).span, file: 1, by: &before) }
            var state: [UInt8] = []
            before.appendState(to: &state, max: 1 << 16)
            #expect(!state.isEmpty)
            var after = try Self.reader(row.format)
            let isRestored = after.restore(state.span)
            #expect(isRestored)
            for line in row.lines[cut...] { parts.take(Array(line.utf8).span, file: 1, by: &after) }
            parts.settle()
            #expect(parts.totals == whole.totals, "\(row.format) cut before line \(cut + 1)")
        }
    }

    @Test func `counts lines that contain a text, and tells the time of a line`() throws {
        var options = ServiceLog.Options()
        options.matches = [("pool", Array("exhausted".utf8)), ("none", [])]
        var log = ServiceLog(options)
        var reader = try Self.reader()
        log.take(Array("pool exhausted, pool exhausted".utf8).span, file: 1, by: &reader)
        log.take(Self.line("/", 200, "0.1").span, file: 1, by: &reader)
        log.settle()
        #expect(log.totals.matches == ["pool": 1])
        var times = LineTimes(zone: .utc, year: 2026)
        let time = times.milliseconds(of: Self.line("/", 200, "0.1").span, by: reader)
        #expect(time == 1_795_334_965_000)
        let none = times.milliseconds(of: [0x41].span, by: reader)
        #expect(none == nil)
    }
}
