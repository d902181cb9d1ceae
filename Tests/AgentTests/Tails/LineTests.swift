import Agent
import Foundation
import Glibc
import TailSupport
import Telemetry
import TestSupport
import Testing

@Suite struct `Lines of a followed log` {
    @Test
    func
        `16 are read from a compressed predecessor with several members, and from a cut one as far as it goes`()
        throws
    {
        guard let gzip = Program.find("gzip") else {
            print("skipped: gzip is not installed")
            return
        }
        let it = try FollowedLog()
        it.log.write(100)
        it.bench.step()
        it.bench.stop()
        it.log.write(5000)
        it.log.shift()
        it.log.reopen()
        it.log.write(1)
        // Two members, the second of other lines, in the middle of a line.
        let plain = try Data(contentsOf: URL(filePath: it.log.path + ".1"))
        let cut = plain.count / 2 + 3
        try plain[..<cut].write(to: URL(filePath: it.log.path + ".a"))
        try plain[cut...].write(to: URL(filePath: it.log.path + ".b"))
        _ = try Program.run(gzip, [it.log.path + ".a", it.log.path + ".b"])
        let packed =
            try Data(contentsOf: URL(filePath: it.log.path + ".a.gz"))
            + Data(contentsOf: URL(filePath: it.log.path + ".b.gz"))
        for name in [".a.gz", ".b.gz", ".1"] { unlink(it.log.path + name) }
        try packed.write(to: URL(filePath: it.log.path + ".1.gz"))
        try it.bench.restart()
        it.bench.step(seconds: 12)
        it.expectExact()

        let other = try FollowedLog()
        other.log.write(100)
        other.bench.step()
        other.bench.stop()
        try packed.prefix(packed.count - 300).write(to: URL(filePath: other.log.path + ".1.gz"))
        unlink(other.log.path)
        other.log.reopen()
        try other.bench.restart()
        other.bench.step(seconds: 12)
        #expect(other.bench.count(.damagedArchives) == 1)
        #expect(other.bench.consumer.all.count > 1000)
        #expect(other.bench.consumer.all.count < 5101)
    }

    @Test func `that are not whole wait, and count when they are, or when the file is complete`() throws {
        let it = try FollowedLog()
        it.log.write(10)
        it.log.raw("777")
        it.bench.step(seconds: 5)
        it.expectExact("not whole yet")
        it.log.raw("1 GET /\n")
        it.log.expect(7771)
        it.bench.step()
        it.expectExact("whole")
        it.log.raw("888 the last")
        it.bench.step(seconds: 2)
        it.log.shift()
        it.log.reopen()
        it.log.write(5)
        it.bench.step(seconds: 30)
        it.expectExact("rotated, and the writer may go on")
        it.bench.step(seconds: 60)
        it.log.expect(888)
        it.expectExact("complete")
        #expect(it.bench.consumer.kinds[.unterminated] == 1)
        try it.bench.restart()
        it.bench.step(seconds: 90)
        it.expectExact("and once")
    }

    @Test(arguments: [-1, 0, 1, 2])
    func `are whole up to the limit, whatever their end is`(beyond: Int) throws {
        for ending in ["\n", "\r\n"] {
            let it = try FollowedLog()
            it.log.write(3)
            it.bench.step()
            let number = it.log.take()
            let head = "\(number) "
            it.log.expect(number)
            let length = TailLimits.lineBytes + beyond
            it.log.raw(head + String(repeating: "x", count: length - head.utf8.count) + ending)
            it.log.write(3)
            it.bench.step(seconds: 2)
            it.expectExact("\(beyond) \(ending.utf8.count)")
            #expect(it.bench.consumer.longest == min(length, TailLimits.lineBytes))
            #expect(it.bench.count(.longLines) == (beyond > 0 ? 1 : 0))
        }
    }

    @Test(arguments: [1 << 20, 64 << 20])
    func `that are far too long are cut and passed over, also across a restart`(length: Int) throws {
        let it = try FollowedLog()
        it.log.write(3)
        let number = it.log.take()
        it.log.expect(number)
        it.log.raw("\(number) ")
        let block = [UInt8](repeating: UInt8(ascii: "y"), count: 1 << 19)
        for part in 0..<length >> 19 {
            it.log.raw(block)
            if part == 1 {
                it.bench.step()
                it.bench.running.commit(at: it.bench.now)
                try it.bench.restart()
            }
        }
        it.log.raw("\n")
        it.log.write(3)
        it.bench.step(seconds: 2)
        it.expectExact()
        #expect(it.bench.count(.longLines) == 1)
    }

    @Test func `are the same wherever the file's growth was cut into reads`() throws {
        var random = SeededRandom(seed: 21)
        let it = try FollowedLog()
        var text = ""
        for number in UInt64(1)...400 {
            let ending = number % 3 == 0 ? "\r\n" : "\n"
            text += "\(number) é漢字 \(String(repeating: "ab", count: Int(number % 40)))\(ending)"
            it.log.expect(number)
        }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = min(rest.count, Int.random(in: 1...700, using: &random))
            it.log.raw(Array(rest.prefix(count)))
            rest = rest.dropFirst(count)
            it.bench.step()
        }
        it.expectExact()
        #expect(!it.bench.consumer.lastLine.contains(13))
    }

    @Test func `after a hole that a writer without O_APPEND left are read, and the hole is counted`()
        throws
    {
        let it = try FollowedLog(appends: false)
        it.log.write(40_000)
        it.bench.step()
        let size = it.bench.count(.bytes) + 40_000
        it.log.copyTruncate()
        it.log.write(100)
        it.bench.step(seconds: 12)
        it.expectExact()
        #expect(it.bench.count(.nulBytes) == size)
        #expect(it.bench.consumer.all.others == 0)
    }

    @Test func `after a hole of many gigabytes cost nothing`() throws {
        let it = try FollowedLog(appends: false)
        it.log.write(10)
        it.bench.step()
        truncate(it.log.path, 0)
        let file = open(it.log.path, O_WRONLY)
        defer { close(file) }
        let text = Array("4711 after the hole\n".utf8)
        _ = text.withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 40 << 30) }
        it.log.expect(4711)
        it.bench.step(seconds: 2)
        it.expectExact()
        #expect(it.bench.count(.nulBytes) == 40 << 30)
    }

    @Test func `before a hole that begins shortly before a read's end are read once`() throws {
        let it = try FollowedLog(appends: false)
        /// A line of so many bytes, its newline among them.
        func line(_ number: UInt64, _ bytes: Int) -> [UInt8] {
            let digits = Array("\(number) ".utf8)
            it.log.expect(number)
            return digits + [UInt8](repeating: UInt8(ascii: "x"), count: bytes - digits.count - 1) + [0x0A]
        }
        // Where the hole begins, at a block's border; a read from behind the first line ends 100 bytes behind that.
        let hole = TailLimits.lineBytes + 4096
        let first = hole + 100 - TailLimits.lineBytes - 2
        it.log.raw(line(1, first))
        it.bench.step()
        it.log.raw([0] + line(2, 100_000) + line(3, hole - 10 - first - 1 - 100_000))
        it.log.truncate(to: 4 << 20)
        let file = open(it.log.path, O_WRONLY)
        defer { close(file) }
        _ = line(4, 20).withUnsafeBytes { pwrite(file, $0.baseAddress, $0.count, 4 << 20) }
        it.bench.step(seconds: 2)
        it.expectExact()
        #expect(it.bench.count(.truncations) == 0)
    }

    @Test func `that two writers tore are counted as what they are`() throws {
        let it = try FollowedLog()
        it.log.write(3)
        it.log.raw("torn 55 in the mid5 GET / 200\ndle 200\n")
        it.log.write(3)
        it.bench.step()
        var found = it.bench.consumer.all
        #expect(found.others == 2)
        found.others = 0
        #expect(found == it.log.truth)
    }

    @Test func `of a file that cannot be read for a while are read afterwards`() throws {
        let it = try FollowedLog()
        it.log.write(10)
        it.bench.step()
        // A folder in the descriptor's place: reads fail as on a stale handle.
        let file = try #require(it.bench.tails.files.values.first)
        let folder = open(it.bench.logs, O_RDONLY)
        dup2(folder, file.descriptor)
        close(folder)
        it.log.write(10)
        it.bench.step(seconds: 12)
        #expect(it.bench.count(.readErrors) >= 1)
        it.log.write(10)
        it.bench.step(seconds: 12)
        it.expectExact()
    }

    @Test func `of a file that cannot be read and is followed no longer end with it`() throws {
        let it = try FollowedLog()
        it.log.write(10)
        it.bench.step()
        let file = try #require(it.bench.tails.files.values.first)
        let folder = open(it.bench.logs, O_RDONLY)
        dup2(folder, file.descriptor)
        close(folder)
        it.log.write(10)
        it.bench.step()
        #expect(it.bench.count(.readErrors) == 1)
        let more = NumberedLog(it.bench.path("more.log"), from: 1000)
        more.write(10)
        it.bench.tails.reconfigure([
            TailSource(name: "more", paths: [it.bench.path("more.log")], start: .beginning)
        ])
        it.bench.step(seconds: 3)
        #expect(it.bench.tails.files.count == 1)
        #expect(it.bench.consumer.all.count == 20)
    }

    @Test func `of an archive that waits are not passed over with what waits`() throws {
        guard let gzip = Program.find("gzip") else {
            print("skipped: gzip is not installed")
            return
        }
        let it = try FollowedLog()
        it.log.write(10)
        it.bench.step()
        let older = NumberedLog(it.log.path + ".1", from: 5000)
        older.write(5000)
        _ = try Program.run(gzip, [older.path])
        it.bench.tails.lookAtEverything()
        for _ in 0..<3 { it.bench.tails.step(at: it.bench.now, budget: 0) }
        #expect(it.bench.tails.backlogBytes > 0)
        it.bench.tails.passOverDue()
        it.bench.step(seconds: 12)
        #expect(it.bench.count(.damagedArchives) == 0)
        #expect(it.bench.consumer.all == it.log.truth + older.truth)
    }
}

@Suite struct `The first sight of a log` {
    private func start(_ start: TailSource.Start, lines: Int, stepSeconds: Int64) throws -> UInt64 {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path, start: start)
        let log = NumberedLog(bench.path("access.log"))
        let now = bench.now.wall.milliseconds
        var text = ""
        for number in 0..<lines {
            let age = Int64(lines - number) * stepSeconds * 1000
            text += "\(number) t=\(now - age) some words that make a line as long as lines are\n"
            if number % 7 == 0 { text += "a line without a time\n" }
        }
        log.raw(text)
        // Born before the agent began.
        bench.skewMilliseconds = 60_000
        try bench.start()
        bench.step(seconds: 2)
        return bench.consumer.all.count
    }

    @Test func `reads back one hour by its own time`() throws {
        let count = try start(.readBack(seconds: 3600), lines: 200_000, stepSeconds: 1)
        // The clock was moved a minute.
        #expect((3535...3545).contains(count), "\(count)")
        #expect(try start(.readBack(seconds: 3600), lines: 100, stepSeconds: 1) == 100)
        #expect(try start(.readBack(seconds: 3600), lines: 100, stepSeconds: 100_000) == 0)
    }

    @Test func `begins at the end or at the beginning where the configuration says so`() throws {
        #expect(try start(.end, lines: 1000, stepSeconds: 1) == 0)
        #expect(try start(.beginning, lines: 1000, stepSeconds: 10_000) == 1000)
    }

    @Test func `reads the predecessor too where the hour reaches into it`() throws {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path)
        let log = NumberedLog(bench.path("access.log"))
        let now = bench.now.wall.milliseconds
        log.raw("1 t=\(now - 7_000_000)\n2 t=\(now - 1_000_000)\n")
        log.shift()
        log.reopen()
        log.raw("3 t=\(now - 1000)\n")
        bench.skewMilliseconds = 60_000
        try bench.start()
        bench.step(seconds: 2)
        #expect(bench.consumer.numbers == [2, 3])
    }
}
