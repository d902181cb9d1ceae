import Archive
import Telemetry
import Testing

@Suite struct `The process tables of the head` {
    private static let host = HostID("web1")

    private static func table(_ seconds: Int64, rows: Int = 3, cpu: Int32 = 100) -> ProcessTable {
        ProcessTable(
            time: Timestamp(seconds: seconds), isComplete: true, total: Int32(rows),
            rows: (0..<Int32(rows)).map { pid in
                ProcessRow(
                    pid: pid, parent: 1, startTicks: 7, state: 0x52, user: "root", cpuHundredths: cpu + pid,
                    cpuMilliseconds: 5, residentBytes: 4096, ioBytesPerSecond: pid == 0 ? nil : 12,
                    threads: 2,
                    command: "worker", commandLine: "worker --number \(pid)", unit: "worker.service")
            })
    }

    @Test func `give the table that was true at a time, and none where it is older than ten seconds`() {
        var head = Head()
        for second in [100, 105, 110, 140] as [Int64] { head.append(Self.table(second), of: Self.host) }
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 99)) == nil)
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 107)) == Self.table(105))
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 120)) == Self.table(110))
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 121)) == nil)
        #expect(head.processes(of: HostID("db1"), at: Timestamp(seconds: 107)) == nil)
    }

    @Test func `keep at most one in five seconds, and the busiest rows of a long one`() throws {
        var head = Head()
        for second in Int64(100)..<110 { head.append(Self.table(second, rows: 500), of: Self.host) }
        let table = try #require(head.processes(of: Self.host, at: Timestamp(seconds: 104)))
        #expect(table.time == Timestamp(seconds: 100))
        #expect(table.rows.count == 100)
        #expect(!table.isComplete)
        #expect(table.total == 500)
        #expect(table.rows.first?.pid == 499)
    }

    @Test func `go after an hour, and when the clock was set back`() {
        var head = Head()
        for second in stride(from: Int64(0), to: 7200, by: 5) {
            head.append(Self.table(second), of: Self.host)
        }
        head.expire(at: Timestamp(seconds: 7200))
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 3000)) == nil)
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 5000)) != nil)
        head.forget(Self.host, after: Timestamp(seconds: 4000))
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 5000)) == nil)
        head.append(Self.table(4003), of: Self.host)
        head.append(Self.table(4006), of: Self.host)
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 4006))?.time == Timestamp(seconds: 4006))
    }

    /// Prints what a row takes, so that the bound of the head is known in hosts.
    @Test func `take a dozen bytes a row, and give them back`() {
        var head = Head()
        for second in stride(from: Int64(0), to: 3600, by: 5) {
            var table = Self.table(second, rows: 50, cpu: Int32(second % 1000))
            for row in table.rows.indices {
                table.rows[row].cpuMilliseconds = UInt64(second * 700)
                table.rows[row].residentBytes = UInt64(200 << 20 + second * 4096)
            }
            head.append(table, of: Self.host)
        }
        let perRow = Double(head.storedBytes) / Double(720 * 50)
        print("bytes a process row: \(perRow)")
        #expect(perRow < 24)
        head.expire(at: Timestamp(seconds: 10_000))
        #expect(head.storedBytes == 0)
    }

    @Test func `keep absurd numbers as they came`() {
        var table = Self.table(100)
        table.rows[0].cpuHundredths = -1
        table.rows[0].cpuMilliseconds = .max
        table.rows[0].residentBytes = .max
        table.rows[0].threads = .min
        table.rows[0].ioBytesPerSecond = .max - 1
        table.rows[1].pid = .min
        table.rows[1].startTicks = .max
        table.total = .max
        var head = Head()
        head.append(table, of: Self.host)
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 100)) == table)
    }

    @Test func `go with the oldest where the head is full`() {
        var head = Head(bytesMax: 64 * 1024)
        for second in stride(from: Int64(0), to: 3600, by: 5) {
            head.append(Self.table(second, rows: 100, cpu: Int32(second)), of: Self.host)
            #expect(head.storedBytes <= 64 * 1024)
        }
        #expect(head.droppedTables > 0)
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 5)) == nil)
        #expect(head.processes(of: Self.host, at: Timestamp(seconds: 3595)) != nil)
    }
}
