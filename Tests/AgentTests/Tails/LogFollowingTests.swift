import Agent
import Foundation
import Glibc
import RequestLogs
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `Followed logs of a service` {
    /// A log, who follows it, and what the reader of the stream knows.
    private final class Bench {
        let folder: TemporaryFolder
        let path: String
        private let following: LogFollowing
        private var encoder = SampleEncoder()
        private var decoder = FrameDecoder()
        private var names: [Int32: SeriesKey] = [:]
        private(set) var values: [SeriesKey: Double] = [:]
        private(set) var histograms: [SeriesKey: ExponentialHistogram] = [:]
        private(set) var events: [WireEvent] = []
        private var isLate = false
        private var milliseconds: Int64 = 1_800_000_000_000
        private var boot: UInt64 = 1_000_000_000_000

        /// Late ticks: when, and the requests of all series that they tell of.
        private(set) var late: [(time: Timestamp, requests: Double, durations: UInt64)] = []

        init(
            holding text: String = "", format: String = "auto", start first: TailSource.Start = .end,
            besides others: [String] = []
        ) throws {
            folder = try TemporaryFolder()
            path = folder.url.path + "/access.log"
            try Data(text.utf8).write(to: URL(filePath: path))
            var spec = LogSpec(service: "shop", paths: [path])
            spec.format = format
            spec.start = first
            let start = AgentLoop.now()
            // What was born in the same hundredth of a second would be read from its beginning.
            let now = TickTime(
                wall: start.wall.advanced(byMilliseconds: 1000), bootNanoseconds: start.bootNanoseconds)
            var specs = [spec]
            for name in others {
                let path = folder.url.path + "/\(name).log"
                try Data(text.utf8).write(to: URL(filePath: path))
                specs.append(LogSpec(service: name, paths: [path]))
                specs[specs.count - 1].start = first
            }
            following = try LogFollowing(specs, now: now)
            milliseconds = now.wall.milliseconds
            boot = now.bootNanoseconds
            // The first tick waits for no log.
            try tick()
            try tick()
        }

        func write(_ text: String, for service: String? = nil) throws {
            let path = service.map { folder.url.path + "/\($0).log" } ?? path
            let file = try FileHandle(forWritingTo: URL(filePath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data(text.utf8))
            try file.close()
        }

        func rotate() throws {
            try FileManager.default.moveItem(atPath: path, toPath: path + ".1")
            try Data().write(to: URL(filePath: path))
        }

        func showLines(_ isShowing: Bool) { following.showsLines = isShowing }

        /// A second passes.
        func tick() throws {
            milliseconds += 1000
            boot += 1_000_000_000
            let now = TickTime(wall: Timestamp(milliseconds: milliseconds), bootNanoseconds: boot)
            following.tick(at: now)
            while following.hasLateTick { following.appendLateTick(to: &encoder, at: now) }
            following.define(in: &encoder)
            encoder.beginTick(at: now.wall, isSnapshot: false)
            following.append(to: &encoder)
            encoder.endTick()
            following.appendEvents(to: &encoder, at: now)
            decoder.append(encoder.drain { span in span.withUnsafeBufferPointer { Array($0) } })
            while let message = try decoder.next() { take(message) }
        }

        private func take(_ message: WireMessage) {
            switch message {
            case .define(let series): names[series.index] = series.definition.key
            case .retire(let index): names[index] = nil
            case .tick(let tick):
                for sample in tick.samples {
                    if let name = names[sample.index] { values[name] = sample.value }
                }
                isLate = tick.isLate
                if isLate {
                    late.append((tick.time, sum("martlet_http_requests_total"), observed))
                }
            case .histogram(let index, let histogram):
                if let name = names[index] { histograms[name] = histogram }
                if isLate { late[late.count - 1].durations = observed }
            case .event(let event): events.append(event)
            default: break
            }
        }

        /// Durations of requests that were told so far.
        private var observed: UInt64 {
            histograms.filter { $0.key.name == "martlet_http_request_duration_seconds" }.values
                .reduce(0) { $0 + $1.count }
        }

        /// The sum of all series of this name that have these labels.
        func sum(_ name: String, _ labels: Labels = [:]) -> Double {
            values.filter { key, _ in
                key.name == name && labels.pairs.allSatisfy { key.labels[$0.name] == $0.value }
            }.values.reduce(0, +)
        }
    }

    private static func line(_ number: Int, status: Int = 200, seconds: Double = 0.25) -> String {
        "203.0.113.9 - - [25/Nov/2026:10:00:00 +0000] \"GET /items/\(number)?token=abc HTTP/1.1\" \(status) 12 "
            + "\"-\" \"curl/8\" \(seconds)\n"
    }

    private static func lines(_ numbers: Range<Int>, status: Int = 200) -> String {
        numbers.map { line($0, status: status) }.joined()
    }

    @Test func `are counted from where they stood when they were first seen`() throws {
        let bench = try Bench(holding: Self.lines(0..<50))
        #expect(bench.sum("martlet_http_requests_total") == 0)
        try bench.write(Self.lines(50..<150) + Self.lines(0..<7, status: 503))
        try bench.tick()
        #expect(bench.sum("martlet_http_requests_total") == 107)
        let ok: Labels = ["code": "200", "method": "GET", "route": "/items/:id", "service": "shop"]
        #expect(bench.sum("martlet_http_requests_total", ok) == 100)
        #expect(bench.sum("martlet_http_requests_total", ["code": "503"]) == 7)
        #expect(bench.sum("martlet_log_lines_total", ["level": "", "service": "shop"]) == 107)
        let durations = bench.histograms[
            SeriesKey(
                "martlet_http_request_duration_seconds",
                ["method": "GET", "route": "/items/:id", "service": "shop"])]
        #expect(durations?.count == 107)
        #expect(durations?.sum == 107 * 0.25)
        #expect(durations?.quantile(0.5) == 0.25)
    }

    /// A line at so many seconds before now.
    private static func line(_ number: Int, ago seconds: Int, now: Int, status: Int = 200) -> String {
        var time = time_t(now - seconds)
        var parts = tm()
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let count = strftime(&text, 64, "%d/%b/%Y:%H:%M:%S +0000", &parts)
        let stamp = String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return line(number, status: status).replacingOccurrences(
            of: "25/Nov/2026:10:00:00 +0000", with: stamp)
    }

    @Test func `are read back an hour, and told at their own time before what they count now`() throws {
        let now = time(nil)
        // Two hours and a half: each nine seconds one request more, every tenth of them a failure; ten quiet minutes.
        let ages = stride(from: 9000, to: 0, by: -9).filter { !(1200..<1800).contains($0) }
        let text = ages.enumerated().map {
            Self.line($0.offset, ago: $0.element, now: now, status: $0.offset % 10 == 0 ? 503 : 200)
        }.joined()
        let bench = try Bench(holding: text, start: .readBack(seconds: 3600))
        // The bench's clock stands within three seconds of ours.
        let recent = ages.filter { $0 < 3597 }
        let first = try #require(bench.late.first)
        #expect(first.requests == 0)
        #expect(bench.late.map(\.time) == bench.late.map(\.time).sorted())
        for (earlier, later) in zip(bench.late, bench.late.dropFirst()) {
            let (begin, end) = (earlier.time.milliseconds / 1000, later.time.milliseconds / 1000)
            #expect(end - begin <= 10)
            guard end < now, begin > first.time.milliseconds / 1000 + 10 else { continue }
            let truth = ages.count { (begin..<end).contains(Int64(now - $0)) }
            #expect(later.requests - earlier.requests == Double(truth), "\(begin)..<\(end)")
            #expect(later.durations - earlier.durations == UInt64(truth))
        }
        let total = bench.sum("martlet_http_requests_total")
        #expect(bench.late.last?.requests == total)
        #expect((recent.count...recent.count + 1).contains(Int(total)))
        let sample = try #require(bench.events.first { $0.kind == "error-sample" })
        #expect(abs(sample.time.milliseconds / 1000 - Int64(now - 3600)) < 120)

        // From here on lines count when they are read, whatever they say.
        try bench.write(Self.line(1, ago: 600, now: now) + Self.line(2, ago: 0, now: now))
        let told = bench.late.count
        try bench.tick()
        #expect(bench.late.count == told)
        #expect(bench.sum("martlet_http_requests_total") == total + 2)
    }

    @Test func `are counted once each through rotations`() throws {
        let bench = try Bench(holding: Self.lines(0..<10))
        for _ in 0..<5 {
            try bench.write(Self.lines(0..<20))
            try bench.rotate()
            try bench.write(Self.lines(0..<30))
            try bench.tick()
            try bench.tick()
            try FileManager.default.removeItem(atPath: bench.path + ".1")
        }
        try bench.tick()
        #expect(bench.sum("martlet_http_requests_total") == 250)
        #expect(bench.sum("martlet_log_lost_bytes_total") == 0)
    }

    @Test func `give samples of what failed, without their secrets`() throws {
        let bench = try Bench(holding: Self.lines(0..<10))
        try bench.write(Self.lines(0..<30, status: 502))
        try bench.tick()
        let sample = try #require(bench.events.first)
        #expect(bench.events.count == 1)
        #expect(sample.kind == "error-sample")
        #expect(sample.labels["code"] == "502" && sample.labels["count"] == "30")
        #expect(sample.labels["route"] == "/items/:id" && sample.labels["level"] == "error")
        #expect(sample.labels["path"] == bench.path)
        #expect(sample.text.contains("GET /items/0") && !sample.text.contains("abc"))
    }

    @Test func `are shown line by line while somebody looks, a hundred a second at most`() throws {
        let bench = try Bench(holding: Self.lines(0..<10))
        try bench.write(Self.lines(0..<5))
        try bench.tick()
        #expect(bench.events.isEmpty)
        bench.showLines(true)
        try bench.write(Self.lines(5..<8) + Self.line(8, status: 500) + Self.lines(9..<400))
        try bench.tick()
        let lines = bench.events.filter { $0.kind == "line" }
        #expect(lines.count == ServiceLog.shownLinesMax)
        #expect(lines.prefix(3).allSatisfy { $0.labels["level"] == "" && $0.labels["service"] == "shop" })
        #expect(lines[3].labels["level"] == "error" && lines[3].labels["code"] == "500")
        #expect(lines[3].labels["path"] == bench.path)
        #expect(lines[0].text.contains("GET /items/5") && !lines[0].text.contains("abc"))
        #expect(bench.sum("martlet_http_requests_total") == 400)
        bench.showLines(false)
        try bench.write(Self.lines(0..<5))
        try bench.tick()
        #expect(bench.events.count { $0.kind == "line" } == lines.count)
    }

    @Test func `give samples of what failed however many lines are shown, and no more than a hub reads`()
        throws
    {
        let others = ["a", "b", "c", "d", "e", "f"]
        let bench = try Bench(holding: Self.lines(0..<10), besides: others)
        bench.showLines(true)
        try bench.write(Self.line(1, status: 500) + Self.lines(0..<150))
        for name in others { try bench.write(Self.lines(0..<150), for: name) }
        try bench.tick()
        #expect(bench.events.count == 400)
        #expect(bench.events.count { $0.kind == "error-sample" } == 1)
        for name in others {
            #expect(bench.events.count { $0.kind == "line" && $0.labels["service"] == name } >= 56)
        }
        #expect(bench.sum("martlet_http_requests_total") == 151 + 6 * 150)
    }

    @Test func `in a form that nothing fits are counted by reason, and read once they fit`() throws {
        let bench = try Bench(holding: "")
        try bench.write("what is this\nand this\nnot a log at all\n")
        try bench.tick()
        #expect(bench.sum("martlet_log_unparsed_total", ["service": "shop"]) == 3, "\(bench.values)")
        try bench.write(Self.lines(0..<400))
        try bench.tick()
        let read = bench.sum("martlet_http_requests_total")
        let unread = bench.sum("martlet_log_unparsed_total")
        #expect(read + unread == 403 && read > 390, "\(read) read, \(unread) not")
    }

    @Test
    func `whose format changes in the middle are read in the new one, after some lines that do not fit`()
        throws
    {
        let bench = try Bench(holding: "")
        try bench.write(Self.lines(0..<400))
        try bench.tick()
        #expect(bench.sum("martlet_http_requests_total") == 400)
        // Whoever gives a running server another format goes on in the same file.
        let json =
            #"{"time":"2026-11-25T10:00:00+00:00","request_method":"GET","request_uri":"/new","status":200,"request_time":0.125}"#
        for _ in 0..<4 {
            try bench.write(String(repeating: json + "\n", count: 200))
            try bench.tick()
        }
        let read = bench.sum("martlet_http_requests_total") - 400
        let unread = bench.sum("martlet_log_unparsed_total")
        #expect(read + unread == 800 && (200...300).contains(unread), "\(read) read, \(unread) not")
        // A few lines of the old form change nothing.
        try bench.write(Self.lines(0..<100) + json + "\n")
        try bench.tick()
        #expect(bench.sum("martlet_http_requests_total") == 401 + read)
    }

    @Test func `with a format that was named are read by it alone`() throws {
        let bench = try Bench(holding: "", format: "nginx:$status $request_time $request_method $uri")
        try bench.write("200 0.500 GET /a\n404 0.001 GET /b\nGET /c\n")
        try bench.tick()
        #expect(bench.sum("martlet_http_requests_total") == 2)
        #expect(bench.sum("martlet_log_unparsed_total", ["reason": "mismatch"]) == 1)
    }

    @Test func `of a database tell slow statements and severities`() throws {
        let head = "2026-11-25 10:00:00.123 UTC [4711] app@shop "
        let bench = try Bench(holding: "\(head)LOG:  checkpoint starting: time\n")
        try bench.write(
            "\(head)LOG:  duration: 1203.500 ms  statement: SELECT 1\n\(head)ERROR:  duplicate key\n")
        try bench.tick()
        #expect(bench.sum("martlet_db_slow_statements_total") == 1)
        let statements = bench.histograms[
            SeriesKey("martlet_db_statement_duration_seconds", ["service": "shop"])]
        #expect(statements?.count == 1 && statements?.max == 1.2035)
        #expect(bench.sum("martlet_log_lines_total", ["level": "error"]) == 1)
    }

    @Test func `go on where their recorded totals, deltas and open states end`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path + "/access.log"
        try Data(Self.lines(0..<3).utf8).write(to: URL(filePath: path))
        let spec = LogSpec(service: "shop", paths: [path])
        let place = LinePlace(file: 1, source: 0, offset: 0, kind: .whole)
        let first = try ServiceConsumer([spec])
        for number in 0..<5 {
            first.take(Array(Self.line(number).utf8.dropLast()).span, at: place)
        }
        var totals: [UInt8] = []
        first.appendTotals(to: &totals)
        first.deltasAreSaved()
        first.take(Array(Self.line(9, status: 500).utf8.dropLast()).span, at: place)
        var deltas: [UInt8] = []
        first.appendDeltas(to: &deltas)
        var state: [UInt8] = []
        first.appendState(of: 1, to: &state)

        let second = try ServiceConsumer([spec])
        second.restore(totals: totals.span)
        second.replay(deltas: deltas.span)
        second.restore(state.span, of: 1, source: 0)
        totals = []
        first.appendTotals(to: &totals)
        let third = try ServiceConsumer([spec])
        third.restore(totals: totals.span)
        #expect(second.services[0].log.totals == third.services[0].log.totals)
        #expect(second.services[0].log.totals.requests == 6)
        for count in 0..<totals.count {
            // Damaged bytes end it; nothing traps.
            try ServiceConsumer([spec]).restore(totals: totals.span.extracting(0..<count))
        }
    }
}
