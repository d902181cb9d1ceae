import Dashboard
import Telemetry
import TestSupport
import Testing
import Text

/// A row as tests write it.
private func process(
    _ pid: Int32, parent: Int32 = 0, start: UInt64 = 0, user: String = "root", cpu: Int32 = 0,
    cpuTime: UInt64 = 0, memory: UInt64 = 0, io: UInt64? = nil, threads: Int32 = 1,
    command: String = "worker",
    line: String = "", unit: String = "", state: UInt8 = UInt8(ascii: "S")
) -> ProcessRow {
    ProcessRow(
        pid: pid, parent: parent, startTicks: start, state: state, user: user, cpuHundredths: cpu,
        cpuMilliseconds: cpuTime, residentBytes: memory, ioBytesPerSecond: io, threads: threads,
        command: command,
        commandLine: line, unit: unit)
}

private func table(_ rows: [ProcessRow], second: Int64 = 1, isComplete: Bool = true) -> ProcessTable {
    ProcessTable(
        time: Timestamp(seconds: second), isComplete: isComplete, total: Int32(rows.count), rows: rows)
}

@Suite struct `Sorting processes` {
    private static let rows = [
        process(
            30, user: "app", cpu: 400, cpuTime: 9, memory: 10, io: nil, threads: 3, command: "b", line: "b x"),
        process(
            10, user: "root", cpu: 9000, cpuTime: 5, memory: 30, io: 0, threads: 1, command: "c",
            line: "/bin/c"),
        process(
            20, user: "db", cpu: 400, cpuTime: 7, memory: 20, io: 8, threads: 2, command: "a", state: 0x52),
    ]

    @Test(arguments: [
        (ProcessSort.pid, [10, 20, 30]), (.user, [30, 20, 10]), (.cpu, [10, 20, 30]),
        (.memory, [10, 20, 30]),
        (.io, [20, 10, 30]), (.threads, [30, 20, 10]), (.time, [30, 20, 10]), (.state, [20, 10, 30]),
        (.command, [20, 30, 10]),
    ])
    func `begins with the largest load and the first name`(_ row: (sort: ProcessSort, pids: [Int32])) {
        #expect(row.sort.order(Self.rows).map { Self.rows[$0].pid } == row.pids)
    }

    @Test func `is turned round without moving rows that the column cannot tell apart`() {
        let order = ProcessSort.cpu.order(Self.rows, isInverted: true)
        #expect(order.map { Self.rows[$0].pid } == [20, 30, 10])
    }

    @Test func `sees loads as the screen shows them`() {
        let rows = [process(1, cpu: 1240), process(2, cpu: 1260), process(3, cpu: 93), process(4, cpu: 88)]
        #expect(ProcessSort.cpu.order(rows).map { rows[$0].pid } == [1, 2, 3, 4])
    }

    @Test func `steps from column to column and stops at the ends`() {
        #expect(ProcessSort.cpu.moved(by: 1) == .memory)
        #expect(ProcessSort.cpu.moved(by: -1) == .user)
        #expect(ProcessSort.pid.moved(by: -1) == .pid)
        #expect(ProcessSort.cpu.moved(by: .max) == .command)
    }
}

@Suite struct `The process tree` {
    private func drawn(_ rows: [ProcessRow], matches: (ProcessRow) -> Bool = { _ in true }) -> [String] {
        ProcessTree.lines(rows, matches: matches).map { line in
            "\(line.guide)\(rows[line.row].pid)\(line.isContext ? "?" : "")"
        }
    }

    private static let family = [
        process(300, parent: 100, start: 9), process(1, start: 0), process(100, parent: 1, start: 2),
        process(200, parent: 100, start: 5), process(201, parent: 200, start: 6), process(2, start: 0),
        process(400, parent: 1, start: 3),
    ]

    @Test func `puts children under their parents in the order in which they started`() {
        #expect(
            drawn(Self.family) == ["1", "├─100", "│ ├─200", "│ │ └─201", "│ └─300", "└─400", "2"])
    }

    @Test func `keeps the ancestors of what matches`() {
        #expect(drawn(Self.family) { $0.pid == 201 } == ["1?", "└─100?", "  └─200?", "    └─201"])
    }

    @Test func `knows no parent that is younger than its child`() {
        #expect(drawn([process(5, parent: 6, start: 1), process(6, start: 2)]) == ["5", "6"])
    }

    @Test func `copes with rows that are their own or each other's parents`() {
        #expect(drawn([process(1, parent: 1)]) == ["1"])
        #expect(
            drawn([process(1, parent: 3), process(2, parent: 1), process(3, parent: 2)]) == [
                "1", "└─2", "  └─3",
            ])
    }

    @Test(arguments: 0..<60)
    func `shows each row of any table once`(_ seed: UInt64) {
        var random = SeededRandom(seed: seed)
        let count = Int.random(in: 0...60, using: &random)
        let pids: [Int32] = [.min, -1, 0, 1, 2, 3, 5, 8, 13, .max]
        let rows = (0..<count).map { _ in
            process(
                pids.randomElement(using: &random) ?? 0, parent: pids.randomElement(using: &random) ?? 0,
                start: [0, 1, 2, .max].randomElement(using: &random) ?? 0,
                cpu: [.min, 0, .max].randomElement(using: &random) ?? 0,
                cpuTime: .random(in: 0...(.max), using: &random),
                memory: .random(in: 0...(.max), using: &random),
                io: .max)
        }
        #expect(ProcessTree.lines(rows).map(\.row).sorted() == Array(0..<count), "seed \(seed)")
        for sort in ProcessSort.allCases {
            #expect(sort.order(rows).sorted() == Array(0..<count), "seed \(seed)")
        }
        for row in rows {
            _ = (ProcessFormat.cpu(row.cpuHundredths), ProcessFormat.time(row.cpuMilliseconds))
        }
    }

    @Test func `goes fifty thousand levels down`() {
        let rows = (0..<50_000).map { process(Int32($0 + 1), parent: Int32($0), start: UInt64($0)) }
        let lines = ProcessTree.lines(rows)
        #expect(lines.count == 50_000)
        #expect(lines.last?.guide.width == 2 * ProcessLine.depthShown)
    }
}

@Suite struct `A list of processes` {
    private let now = Timestamp(seconds: 100)

    private func pids(_ list: ProcessList, _ table: ProcessTable) -> [Int32] {
        list.lines.map { table.rows[$0.row].pid }
    }

    @Test func `keeps the selected process under the cursor wherever it moves to`() {
        var list = ProcessList()
        list.show(table([process(1, cpu: 900), process(2, cpu: 500)]), now: now)
        list.move(by: 1, now: now)
        let next = table([process(1, cpu: 100), process(2, cpu: 5000), process(3, cpu: 800)], second: 2)
        list.show(next, now: now.advanced(byMilliseconds: 3000))
        #expect(pids(list, next) == [2, 3, 1])
        #expect(list.selectedLine == 0)
        let reused = table([process(1, cpu: 100), process(2, start: 7, cpu: 5000)], second: 3)
        list.show(reused, now: now.advanced(byMilliseconds: 5000))
        #expect(list.selected == ProcessIdentity(reused.rows[1]), "its place, not its number")
    }

    @Test func `holds its order for two seconds after a move`() {
        var list = ProcessList()
        list.show(table([process(1, cpu: 900), process(2, cpu: 500), process(3, cpu: 100)]), now: now)
        list.move(by: 1, now: now)
        let next = table([process(4, cpu: 9900), process(3, cpu: 5000), process(1, cpu: 10)], second: 2)
        list.show(next, now: now.advanced(byMilliseconds: 1000))
        #expect(pids(list, next) == [1, 3, 4])
        list.show(next, now: now.advanced(byMilliseconds: 2000))
        #expect(pids(list, next) == [4, 3, 1])
    }

    @Test func `is sorted the other way round by a second press of the same key`() {
        var list = ProcessList()
        let rows = table([process(1, memory: 5), process(2, memory: 9)])
        list.sort(by: .memory)
        list.show(rows, now: now)
        #expect(pids(list, rows) == [2, 1])
        list.sort(by: .memory)
        list.show(rows, now: now)
        #expect(pids(list, rows) == [1, 2])
        list.toggleTree()
        list.sort(by: .memory)
        #expect(!list.isTree && !list.isInverted)
    }

    @Test func `shows what matches the query, and anew with each letter of it`() {
        var list = ProcessList()
        let rows = table([process(1, user: "app"), process(2, user: "db")])
        list.show(rows, query: "user=db", now: now) { $0.user == "db" }
        #expect(pids(list, rows) == [2])
        list.show(rows, query: "", now: now)
        #expect(pids(list, rows) == [1, 2])
    }

    @Test func `remembers the load of a process over eight scans`() {
        var list = ProcessList()
        for second in 1...3 {
            list.show(table([process(1, cpu: Int32(second * 2500))], second: Int64(second)), now: now)
        }
        let values = list.trends.values(of: process(1))
        #expect(values.prefix(5).allSatisfy { $0.isNaN })
        #expect(values.suffix(3).map { ($0 * 100).rounded() } == [25, 50, 75])
        list.show(table([process(1, cpu: 0)], second: 1), now: now)
        #expect(list.trends.values(of: process(1)).filter { !$0.isNaN } == [0], "time went back")
    }

    @Test func `keeps who pauses above those that have been idle for long`() {
        var list = ProcessList()
        list.show(table([process(1), process(2, cpu: 90), process(3, cpu: 50), process(4)]), now: now)
        let paused = table([process(1), process(2), process(3, cpu: 50), process(4)], second: 2)
        list.show(paused, now: now)
        #expect(pids(list, paused) == [3, 2, 1, 4])
        for second in 3...8 {
            list.show(table(paused.rows, second: Int64(second)), now: now)
            #expect(pids(list, paused) == [3, 2, 1, 4])
        }
        list.show(table(paused.rows, second: 9), now: now)
        #expect(pids(list, paused) == [3, 1, 2, 4])
    }

    @Test func `copes with an empty table and moves beyond the ends`() {
        var list = ProcessList()
        list.move(by: 5, now: now)
        list.show(table([]), now: now)
        #expect(list.selectedLine == nil)
        list.show(table([process(1), process(2)], second: 2), now: now)
        list.move(by: .max, now: now)
        #expect(list.selectedLine == 1)
        list.move(by: .min, now: now)
        #expect(list.selectedLine == 0)
    }
}
