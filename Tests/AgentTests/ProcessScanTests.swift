import Agent
import Glibc
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `A process scan` {
    @Test func `tells of a process what its files say`() throws {
        let fake = try FakeProcesses()
        try fake.add(
            42, command: "we) b (1", state: "D", parent: 7, cpuTicks: 5000, threads: 12, start: 50_000,
            pages: 25,
            arguments: ["/usr/bin/web", "--password", "x"], cgroup: "0::/system.slice/web.service\n",
            ioBytes: 4096)
        let scan = fake.scan()
        _ = fake.table(scan)
        fake.settle()
        let row = try #require(fake.table(scan)?.rows.first)
        #expect(row.pid == 42 && row.parent == 7 && row.state == UInt8(ascii: "D") && row.threads == 12)
        #expect(row.command == "we) b (1" && row.commandLine == "/usr/bin/web --password ***")
        #expect(row.unit == "web.service" && row.user == (geteuid() == 0 ? "root" : "me"))
        #expect(row.residentBytes == 25 * 4096 && row.cpuMilliseconds == 50_000 && row.startTicks == 50_000)
        #expect(row.ioBytesPerSecond == 0)
    }

    @Test func `gives the share of a core since its last reading, and before that since the start`() throws {
        let fake = try FakeProcesses()
        // 100 s after boot, the clock stands at 1000 s: 900 s old, of which it ran 450.
        try fake.add(1, cpuTicks: 45_000, start: 10_000)
        let scan = fake.scan()
        let first = try #require(fake.table(scan)?.rows.first)
        #expect((4990...5000).contains(first.cpuHundredths))
        try fake.add(1, cpuTicks: 45_000 + 1000, start: 10_000)
        let passed = fake.time
        let second = try #require(fake.table(scan)?.rows.first)
        let seconds = Double(fake.time - passed) / 1e9
        #expect(abs(Double(second.cpuHundredths) - 10 / seconds * 10_000) < 2)
    }

    @Test func `takes a number that comes again for another process`() throws {
        let fake = try FakeProcesses()
        try fake.add(9, command: "old", cpuTicks: 90_000, start: 1000, arguments: ["old"])
        let scan = fake.scan()
        _ = fake.table(scan)
        fake.settle()
        #expect(fake.table(scan)?.rows.first?.commandLine == "old")
        try fake.add(9, command: "new", cpuTicks: 100, start: 100_000, arguments: ["new"])
        _ = fake.table(scan)
        fake.settle()
        let row = try #require(fake.table(scan)?.rows.first)
        #expect(row.command == "new" && row.commandLine == "new" && row.startTicks == 100_000)
    }

    @Test func `minds nobody's leaving`() throws {
        let fake = try FakeProcesses()
        for pid in 1...200 { try fake.add(pid, pages: pid) }
        let scan = fake.scan()
        #expect(fake.table(scan)?.total == 200)
        for pid in 1...150 { try fake.remove(pid) }
        let table = try #require(fake.table(scan))
        #expect(table.total == 50)
        #expect(table.rows.allSatisfy { $0.pid > 150 })
    }

    @Test func `gives the I/O of who ran, and of nobody else's where it may not look`() throws {
        let fake = try FakeProcesses()
        try fake.add(1, cpuTicks: 10, ioBytes: 1_000_000)
        try fake.add(2, cpuTicks: 10)
        let scan = fake.scan()
        _ = fake.table(scan)
        let before = fake.time
        try fake.add(1, cpuTicks: 20, ioBytes: 11_000_000)
        let rows = try #require(fake.table(scan)?.rows)
        let perSecond = Double(try #require(rows.first { $0.pid == 1 }?.ioBytesPerSecond))
        #expect(abs(perSecond - 10_000_000 / (Double(fake.time - before) / 1e9)) < 2)
        #expect(try #require(rows.first { $0.pid == 2 }).ioBytesPerSecond == nil)
        // Who does not run does no I/O.
        #expect(fake.table(scan)?.rows.first { $0.pid == 1 }?.ioBytesPerSecond == 0)
    }

    @Test func `tells of all while somebody looks, every two seconds`() throws {
        let fake = try FakeProcesses()
        for pid in 1...300 { try fake.add(pid, arguments: ["app", "\(pid)"]) }
        let scan = fake.scan { $0.top = 5 }
        let few = try #require(fake.table(scan))
        #expect(few.rows.count <= 15 && !few.isComplete && few.total == 300)
        scan.wantsAllProcesses = true
        _ = fake.table(scan)
        fake.settle()
        let start = fake.time
        let all = try #require(fake.table(scan))
        #expect(all.isComplete && all.rows.count == 300)
        #expect(all.rows.allSatisfy { $0.commandLine == "app \($0.pid)" })
        #expect(fake.time - start <= 2_000_000_000)
        // However many come meanwhile, whose arguments are not known yet.
        for round in 0..<5 {
            for pid in 0..<40 { try fake.add(1000 + round * 40 + pid) }
            let before = fake.time
            #expect(fake.table(scan)?.total == Int32(300 + 40 * (round + 1)))
            #expect(fake.time - before <= 2_000_000_000)
        }
    }

    @Test func `shows no arguments when only names may leave`() throws {
        let fake = try FakeProcesses()
        try fake.add(1, arguments: ["app", "x"], cgroup: "0::/init.scope\n")
        let scan = fake.scan { $0.commandLines = .name }
        _ = fake.table(scan)
        fake.settle()
        let row = try #require(fake.table(scan)?.rows.first)
        #expect(row.commandLine.isEmpty && row.command == "app" && row.unit == "init.scope")
    }

    @Test func `keeps to its budget with 50,000 processes`() throws {
        let fake = try FakeProcesses(inMemory: true)
        let count = 50_000
        // All but one are the same idle process under many numbers.
        try fake.add(count, cpuTicks: 100_000, pages: 5000)
        try fake.add(1)
        var written = 2
        for pid in 2..<count { written += symlink("1", "\(fake.paths.procfs)/\(pid)") == 0 ? 1 : 0 }
        try #require(written == count)
        fake.nanosecondsPerLook = 5000
        let scan = fake.scan { $0.descriptorsMax = 100 }
        var most = 0
        var ticks = 0
        while scan.census == nil, ticks < 1000 {
            fake.time += 1_000_000_000
            _ = scan.scan(at: fake.now)
            // 2 ms of 5 us each; the first pass may take more.
            most = max(most, scan.readCount)
            ticks += 1
        }
        #expect(most <= 1024)
        #expect(scan.census?.processes == Int64(count))
        // Later passes keep to 2 ms, and the busiest are told of in time all the same.
        var tables: [UInt64] = []
        for _ in 0..<30 {
            fake.time += 1_000_000_000
            if let table = scan.scan(at: fake.now) {
                tables.append(fake.time)
                #expect(table.total == Int32(count))
                #expect(table.rows.contains { $0.pid == Int32(count) })
            }
            #expect(scan.readCount <= 401)
        }
        #expect(tables.count >= 5)
    }

    @Test func `never stumbles over garbage`() throws {
        let seed: UInt64 = 20_261_201
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        let fake = try FakeProcesses()
        let scan = fake.scan()
        for round in 0..<15 {
            for pid in 1...20 {
                var bytes = Array(FakeProcesses.stat(pid, "a) b", "S", 1, round * 7, 1, 1000 + pid, 50).utf8)
                switch Int.random(in: 0...3, using: &random) {
                case 0: bytes = Array(bytes.prefix(Int.random(in: 0...bytes.count, using: &random)))
                case 1:
                    for _ in 0..<8 {
                        bytes[Int.random(in: bytes.indices, using: &random)] = .random(
                            in: 0...255, using: &random)
                    }
                case 2:
                    bytes = (0..<Int.random(in: 0...3000, using: &random)).map { _ in
                        .random(in: 0...255, using: &random)
                    }
                default: break
                }
                try fake.add(pid, ioBytes: round)
                try fake.write("proc/\(pid)/stat", bytes)
                try fake.write("proc/\(pid)/io", Array(bytes.shuffled(using: &random)))
            }
            try fake.write("proc/sys/kernel/pid_max", round % 2 == 0 ? "x" : "99999999999999999999")
            if let table = fake.table(scan) { #expect(table.total <= 20) }
        }
    }

    @Test func `counts states and threads under node_exporter's names`() throws {
        let fake = try FakeProcesses()
        try fake.add(1, state: "S", threads: 3)
        try fake.add(2, state: "S")
        try fake.add(3, state: "Z", threads: 1)
        let scan = fake.scan()
        let probe = ProcessesProbe(fake.paths, ProbeBuffer(), scan)
        var readings = Readings()
        #expect(throws: ProbeError.overdue(what: "the first pass over all processes")) {
            try probe.read(into: &readings, at: fake.now)
        }
        #expect(!probe.wantsReading(at: fake.now))
        _ = fake.table(scan)
        #expect(probe.wantsReading(at: fake.now))
        try probe.read(into: &readings, at: fake.now)
        var values: [SeriesKey: Int64] = [:]
        for (slot, definition) in readings.definitions.enumerated() {
            if let definition { values[definition.key] = readings[slot] }
        }
        #expect(values[SeriesKey("node_processes_pids")] == 3)
        #expect(values[SeriesKey("node_processes_threads")] == 5)
        #expect(values[SeriesKey("node_processes_max_processes")] == 32_768)
        #expect(values[SeriesKey("node_processes_max_threads")] == 1000)
        #expect(values[SeriesKey("node_processes_state", ["state": "S"])] == 2)
        #expect(values[SeriesKey("node_processes_state", ["state": "Z"])] == 1)
    }

    @Test func `finds this very process on this machine`() throws {
        let reader = PatientReader()
        let paths = AgentPaths()
        let scan = ProcessScan(
            paths, reader, ContainerNames(paths, reader), ProcessScan.Options(),
            clock: AgentLoop.monotonicNanoseconds)
        scan.wantsAllProcesses = true
        var row: ProcessRow?
        var time = AgentLoop.now()
        let isFound = Eventually.holds {
            time.bootNanoseconds += 1_000_000_000
            row = scan.scan(at: time)?.rows.first { $0.pid == getpid() } ?? row
            reader.readable()
            return row?.commandLine.isEmpty == false
        }
        #expect(isFound)
        let found = try #require(row)
        #expect(found.residentBytes > 1 << 20 && found.threads >= 1)
    }
}

@Suite struct `The largest of many` {
    @Test func `are those that sorting would put in front`() {
        let seed: UInt64 = 99
        print("seed \(seed)")
        var random = SeededRandom(seed: seed)
        for _ in 0..<300 {
            let keys = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                UInt64.random(in: 0...40, using: &random)
            }
            let capacity = Int.random(in: 0...30, using: &random)
            var top = TopSelection(capacity: capacity)
            for (place, key) in keys.enumerated() { top.offer(key, place: place) }
            let sorted = keys.indices.filter { keys[$0] > 0 }
                .sorted { (keys[$1], $0) < (keys[$0], $1) }
                .prefix(capacity)
            #expect(top.places.sorted() == sorted.sorted())
        }
    }
}

@Suite struct `Names of users` {
    @Test func `come from the text of passwd, numbers where there is none`() {
        let names = UserNames(
            Array("root:x:0:0\n#\n\nbad\na:b:c\nweb:x:33:33::/:\nalso:x:33:1:\nbig:x:99999999999:1\n".utf8))
        #expect(names[0] == "root" && names[33] == "web" && names[1000] == "1000")
        #expect(names.knows(33) && !names.knows(1000))
    }
}
