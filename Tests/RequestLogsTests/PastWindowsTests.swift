import RequestLogs
import Telemetry
import Testing

@Suite struct `What a backlog tells` {
    /// Some day, at a whole hour.
    private static let start: Int64 = 1_800_000_000

    private enum BenchError: Error { case noFormat }

    private struct Bench {
        var log = ServiceLog()
        private var reader: LogReader

        /// `now` and `told` in seconds after `start`.
        init(now: Int64, bytesMax: Int = 1 << 20, told: Int64? = nil) throws {
            let choice = try LogFormats.choice("nginx:$msec $status $request_time $request_method $uri")
            guard case .fixed(let format) = choice else { throw BenchError.noFormat }
            reader = LogReader(format)
            log.beginCatchingUp(toldThrough: told.map { (start + $0) * 1000 }, bytesMax: bytesMax)
            log.isAt((start + now) * 1000)
        }

        /// A request so many seconds after `start`.
        mutating func take(_ second: Int64, _ path: String = "/a", status: Int = 200) {
            take("\(start + second).000 \(status) 0.250 GET \(path)")
        }

        mutating func take(_ line: String) { log.take(Array(line.utf8).span, file: 1, by: &reader) }

        /// The windows' requests by the end of the window in seconds after `start`.
        mutating func told(isDone: Bool = true) -> (base: UInt64, windows: [Int64: UInt64], width: Int64) {
            guard let past = log.takePast(isDone: isDone) else { return (log.totals.requests, [:], 0) }
            let windows = past.windows.map { ($0.end / 1000 - start, $0.counts.requests) }
            return (
                past.base.requests, Dictionary(uniqueKeysWithValues: windows), past.widthMilliseconds / 1000
            )
        }
    }

    @Test func `counts in windows of ten seconds, whatever order its lines have`() throws {
        var bench = try Bench(now: 100)
        for second in [0, 9, 10, 31, 12, 5, 39, 99, 100] as [Int64] { bench.take(second) }
        bench.log.settle()
        #expect(bench.log.totals.requests == 0 && bench.log.unsaved.requests == 9)
        let told = bench.told()
        #expect(told.base == 0 && told.width == 10)
        #expect(told.windows == [10: 3, 20: 2, 40: 2, 100: 1, 110: 1])
        #expect(bench.log.totals.requests == 9 && bench.log.totals == bench.log.unsaved)
    }

    @Test
    func `counts now what says no time or one to come, and before all what is older than anything kept`()
        throws
    {
        var bench = try Bench(now: 100)
        bench.take(50)
        bench.take(101)
        bench.take("- 200 0.250 GET /a")
        bench.take(-72 * 3600)
        bench.take(51)
        let told = bench.told()
        #expect(told.base == 1 && told.windows == [60: 2])
        #expect(bench.log.totals.requests == 5)
        // Read, it is over: what is old counts now.
        bench.take(20)
        bench.log.settle()
        #expect(bench.log.totals.requests == 6 && bench.log.takePast(isDone: true) == nil)
    }

    @Test func `counts what was told already in the first window behind it`() throws {
        var bench = try Bench(now: 100, told: 63)
        for second in [10, 62, 64, 71] as [Int64] { bench.take(second) }
        #expect(bench.told(isDone: false).windows == [70: 3, 80: 1])
        for second in [10, 90] as [Int64] { bench.take(second) }
        #expect(bench.told().windows == [90: 1, 100: 1])
        #expect(bench.log.totals.requests == 6)
    }

    @Test(arguments: [
        (hours: 4 as Int64, width: 10 as Int64), (hours: 5, width: 60), (hours: 24, width: 60),
        (hours: 71, width: 600),
    ])
    func `has wider windows the further it reaches back`(_ row: (hours: Int64, width: Int64)) throws {
        var bench = try Bench(now: row.hours * 3600)
        for second in stride(from: 0, to: row.hours * 3600, by: 30) as StrideTo<Int64> { bench.take(second) }
        let told = bench.told()
        #expect(told.width == row.width)
        #expect(told.windows.values.reduce(0, +) == UInt64(row.hours * 120))
        #expect(told.windows.keys.allSatisfy { $0 % row.width == 0 })
        #expect((bench.log.takeWidenings() > 0) == (row.width > 10))
    }

    @Test func `stays within its bytes, and loses nothing`() throws {
        var bench = try Bench(now: 3600, bytesMax: 4096)
        let words = ["cart", "login", "search", "items", "user", "order", "price", "image", "help", "news"]
        for second in 0..<3600 as Range<Int64> {
            bench.take(second, "/" + words[Int(second % 10)], status: second % 7 == 0 ? 500 : 200)
        }
        let unsaved = bench.log.unsaved
        #expect(unsaved.isEmpty)
        var untold: UInt64 = 0
        bench.log.settle()
        bench.log.forEachUntold { coded in untold += RequestCounts(coded.span)?.requests ?? 0 }
        #expect(untold == 3600)
        let told = bench.told()
        #expect(told.width > 10)
        #expect(told.windows.values.reduce(0, +) == 3600)
        #expect(bench.log.totals.requests == 3600 && bench.log.takeWidenings() > 0)
    }

    @Test func `keeps what matches and what cannot be read where it stands`()
        throws
    {
        var options = ServiceLog.Options()
        options.matches = [(name: "cart", text: Array("/cart".utf8))]
        var bench = try Bench(now: 100)
        bench.log = ServiceLog(options)
        bench.log.beginCatchingUp()
        bench.log.isAt((Self.start + 100) * 1000)
        bench.take(5, "/cart", status: 500)
        bench.take("garbage")
        bench.take(25, "/cart")
        let told = bench.log.takePast(isDone: true)
        let past = try #require(told)
        #expect(past.windows.map(\.counts.requests) == [1, 1])
        #expect(past.windows.map { $0.counts.matches["cart"] } == [1, 1])
        #expect(past.windows.map { $0.counts.unparsed.reduce(0, +) } == [1, 0])
        #expect(past.windows.map(\.counts.requestLines) == [1, 1])
    }
}
