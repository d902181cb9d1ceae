import Agent
import Foundation
import Glibc
import TailSupport
import TestSupport
import Testing

@Suite struct `A followed name` {
    @Test func `that is a second name of one file counts once`() throws {
        let it = try FollowedLog(["*.log"])
        it.log.write(10)
        it.bench.step()
        link(it.log.path, it.bench.path("second.log"))
        it.log.write(10)
        it.bench.step(seconds: 12)
        it.expectExact()
        unlink(it.log.path)
        it.log.write(10)
        it.bench.step(seconds: 130)
        it.log.write(10)
        it.bench.step(seconds: 30)
        it.expectExact("the first name is gone")
    }

    @Test func `that is a link is followed to where it points, and then to where it points next`() throws {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path, ["current.log"])
        let one = NumberedLog(bench.path("one.txt"))
        symlink("one.txt", bench.path("current.log"))
        try bench.start()
        one.write(10)
        bench.step(seconds: 2)
        #expect(bench.consumer.all == one.truth)
        // To the same file again.
        symlink("one.txt", bench.path("swap"))
        _ = rename(bench.path("swap"), bench.path("current.log"))
        one.write(10)
        bench.step(seconds: 2)
        #expect(bench.consumer.all == one.truth)
        let two = NumberedLog(bench.path("two.txt"), from: 1000)
        two.write(5)
        symlink("two.txt", bench.path("swap"))
        _ = rename(bench.path("swap"), bench.path("current.log"))
        one.write(3)
        bench.step(seconds: 2)
        two.write(5)
        bench.step(seconds: 2)
        #expect(bench.consumer.all == one.truth + two.truth)
        symlink("nowhere", bench.path("swap"))
        _ = rename(bench.path("swap"), bench.path("current.log"))
        bench.step(seconds: 12)
        #expect(bench.consumer.all == one.truth + two.truth)
    }

    @Test func `that links into another folder is rotated there`() throws {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path, ["app.log"])
        mkdir(folder.url.path + "/data", 0o755)
        let log = NumberedLog(folder.url.path + "/data/real.log")
        symlink(log.path, bench.path("app.log"))
        try bench.start()
        log.write(10)
        bench.step(seconds: 2)
        log.write(10)
        log.shift()
        log.reopen()
        log.write(10)
        bench.step(seconds: 12)
        #expect(bench.consumer.all == log.truth)
        bench.stop()
        log.write(10)
        log.shift()
        log.reopen()
        log.write(10)
        try bench.restart()
        bench.step(seconds: 12)
        #expect(bench.consumer.all == log.truth)
    }

    @Test(arguments: [false, true])
    func `lies in a folder that is renamed and made anew`(polling: Bool) throws {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path, ["app/access.log"])
        bench.isPollingOnly = polling
        mkdir(bench.path("app"), 0o755)
        let log = NumberedLog(bench.path("app/access.log"))
        try bench.start()
        log.write(10)
        bench.step(seconds: 2)
        _ = rename(bench.path("app"), bench.path("app.old"))
        log.write(5)
        bench.step(seconds: 2)
        mkdir(bench.path("app"), 0o755)
        log.write(5)
        log.reopen()
        log.write(10)
        bench.step(seconds: 12)
        #expect(bench.consumer.all == log.truth)
    }

    @Test func `of a pattern that also fits predecessors is not one of them`() throws {
        let it = try FollowedLog(["access*"])
        it.log.write(100)
        it.bench.step()
        for _ in 0..<3 {
            it.log.write(10)
            it.log.shift()
            it.log.reopen()
            if let gzip = Program.find("gzip") { _ = try Program.run(gzip, [it.bench.path("access.log.1")]) }
            it.log.write(10)
            it.bench.step(seconds: 2)
        }
        it.bench.step(seconds: 70)
        it.expectExact()
        try it.bench.restart()
        it.bench.step(seconds: 70)
        it.expectExact("after a restart")
    }

    @Test func `that is deleted is read on while its writer has it open`() throws {
        let it = try FollowedLog()
        it.log.write(10)
        it.bench.step()
        unlink(it.log.path)
        for _ in 0..<5 {
            it.log.write(10)
            it.bench.step(seconds: 30)
        }
        it.expectExact()
    }

    @Test func `that may not be read is followed from the moment it may`() throws {
        guard getuid() != 0 else {
            print("skipped: root may read everything")
            return
        }
        let it = try FollowedLog()
        chmod(it.log.path, 0)
        it.log.write(10)
        it.bench.step(seconds: 12)
        chmod(it.log.path, 0o644)
        it.bench.step(seconds: 12)
        it.expectExact()
    }

    @Test func `that is a pipe, a folder or a device is counted and left alone`() throws {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path, ["*"])
        mkfifo(bench.path("pipe"), 0o644)
        mkdir(bench.path("folder"), 0o755)
        symlink("/dev/zero", bench.path("zero"))
        try bench.start()
        bench.step(seconds: 12)
        #expect(bench.count(.notRegular) >= 2)
        #expect(bench.consumer.all == LineTally())
        #expect(bench.tails.files.isEmpty)
    }

    @Test func `is found below folders that a pattern stands for, when they come too`() throws {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path, ["*/[a-c]?.log"])
        try bench.start()
        bench.step()
        var truth = LineTally()
        for (place, name) in ["one/a1.log", "one/d1.log", "two/b2.log", "two/c22.log"].enumerated() {
            mkdir(bench.path(String(name.prefix(3))), 0o755)
            let log = NumberedLog(bench.path(name), from: UInt64(place * 1000 + 1))
            log.write(10)
            if place % 2 == 0 { truth = truth + log.truth }
        }
        bench.step(seconds: 12)
        #expect(bench.consumer.all == truth)
    }

    @Test func `goes on where it was when the configuration is read again in the middle of a rotation`()
        throws
    {
        let it = try FollowedLog()
        it.log.write(10)
        it.bench.step()
        it.log.write(10)
        it.log.shift()
        let more = NumberedLog(it.bench.path("more.log"), from: 1000)
        more.write(10)
        it.bench.tails.reconfigure([
            TailSource(name: "more", paths: [it.bench.path("more.log")], start: .beginning),
            it.bench.sources[0],
        ])
        it.log.write(10)
        it.bench.step(seconds: 2)
        it.log.reopen()
        it.log.write(10)
        it.bench.step(seconds: 12)
        #expect(it.bench.consumer.all == it.log.truth + more.truth)
    }
}

@Suite struct `Names of rotated logs` {
    @Test(arguments: [
        ("access.log.1", ["access.log"]), ("access.log.12.gz", ["access.log", "access.log.12"]),
        ("access.log-20260101", ["access.log"]),
        ("access-2026-01-02.log", ["access-2026-01.log", "access-2026.log", "access.log"]),
        ("access.log", []), ("node1.log", []), ("app.1.log", ["app.log"]),
        ("x.log.2026-01-01T10:00", ["x.log.2026-01", "x.log.2026", "x.log"]), (".1", []), ("1", []),
        ("a.zst", ["a"]),
    ])
    func `say what they were called`(row: (name: String, bases: [String])) {
        #expect(RotatedName(row.name)?.bases ?? [] == row.bases)
    }

    @Test func `are ordered by number, by date, else by time`() throws {
        func older(_ left: String, _ right: String) throws -> Bool {
            let (a, b) = (try #require(RotatedName(left)), try #require(RotatedName(right)))
            return a.isOlder(than: b, modified: 5, otherModified: 4)
        }
        #expect(try older("l.10", "l.9"))
        #expect(try !older("l.2", "l.3.gz"))
        #expect(try older("l-20260101", "l-20260102.gz"))
        #expect(try !older("l-20260101", "l.1"))
    }
}
