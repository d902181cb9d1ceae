import Agent
import Foundation
import Glibc
import TailSupport
import TestSupport
import Testing

/// A folder, a log in it and an agent that follows it.
struct FollowedLog {
    let folder: TemporaryFolder
    let bench: TailBench
    let log: NumberedLog

    init(_ names: [String] = ["access.log"], appends: Bool = true, polling: Bool = false) throws {
        folder = try TemporaryFolder()
        bench = TailBench(folder.url.path, names)
        bench.isPollingOnly = polling
        log = NumberedLog(bench.path("access.log"), appends: appends)
        try bench.start()
        bench.step()
    }

    func expectExact(_ note: String = "", location: SourceLocation = #_sourceLocation) {
        #expect(bench.consumer.all == log.truth, "\(note)", sourceLocation: location)
    }

    func tool(_ name: String, _ arguments: [String]) throws {
        guard let path = Program.find(name) else {
            print("skipped: \(name) is not installed; `make test` installs it")
            throw CancellationError()
        }
        let result = try Program.run(path, arguments)
        #expect(result.status == 0, "\(name): \(result.errors)")
    }
}

@Suite struct `A log that is rotated while it is followed` {
    @Test(arguments: [false, true])
    func `is read on under its new name and from the beginning of the new file`(polling: Bool) throws {
        let it = try FollowedLog(polling: polling)
        it.log.write(100)
        it.bench.step()
        it.log.write(10)
        it.log.shift()
        it.log.reopen()
        it.log.write(50)
        it.bench.step(seconds: 12)
        it.expectExact()
        #expect(it.bench.count(.rotations) == 1)
    }

    @Test(arguments: [false, true])
    func `is read on while its writer keeps the old file for half a minute`(polling: Bool) throws {
        let it = try FollowedLog(polling: polling)
        it.log.write(100)
        it.bench.step()
        it.log.shift()
        let fresh = NumberedLog(it.bench.path("access.log"), from: 100_000)
        for _ in 0..<30 {
            it.log.write(3)
            fresh.write(1)
            it.bench.step()
        }
        it.log.reopen()
        it.log.write(5)
        it.bench.step(seconds: 100)
        #expect(it.bench.consumer.all == it.log.truth + fresh.truth)
    }

    @Test func `twice while the agent is stopped loses nothing of the file between`() throws {
        let it = try FollowedLog()
        it.log.write(100)
        it.bench.step()
        it.bench.pass(seconds: 30)
        for _ in 0..<2 {
            it.log.write(20)
            it.log.shift()
            it.log.reopen()
        }
        it.log.write(7)
        it.bench.step(seconds: 12)
        it.expectExact()
    }

    @Test(arguments: ["gzip", "zstd"])
    func `three times while no agent runs is read through compressed predecessors`(compressor: String)
        throws
    {
        let it = try FollowedLog()
        it.log.write(100)
        it.bench.step()
        it.bench.stop()
        for _ in 0..<3 {
            it.log.write(2000)
            it.log.shift()
            it.log.reopen()
        }
        it.log.write(7)
        let options = compressor == "zstd" ? ["-q", "--rm"] : []
        do {
            try it.tool(compressor, options + [it.bench.path("access.log.3")])
            try it.tool(compressor, options + [it.bench.path("access.log.2")])
        } catch is CancellationError { return }
        try it.bench.restart()
        it.bench.step(seconds: 12)
        it.expectExact()
        // And once more, with all of it known.
        try it.bench.restart()
        it.bench.step(seconds: 12)
        it.expectExact("after another restart")
    }

    @Test(arguments: [false, true])
    func `by copy and truncation counts nothing twice`(polling: Bool) throws {
        let it = try FollowedLog(polling: polling)
        it.log.write(100)
        it.bench.step()
        it.log.copyTruncate()
        it.bench.step()
        it.log.write(10)
        it.bench.step(seconds: 12)
        it.expectExact()
        #expect(it.bench.count(.truncations) == 1)
    }

    @Test func `by a copy that stays empty for long before it is written counts nothing twice`() throws {
        let it = try FollowedLog()
        it.log.write(74)
        it.bench.step(seconds: 3)
        close(open(it.log.path + ".1", O_WRONLY | O_CREAT, 0o644))
        it.bench.step(seconds: 8)
        it.log.write(9)
        it.log.copyTruncate()
        it.bench.step(seconds: 3)
        it.log.write(20)
        it.bench.step(seconds: 12)
        it.expectExact()
    }

    @Test func `by copy and truncation is read to its end in the copy`() throws {
        let it = try FollowedLog()
        it.log.write(100)
        it.bench.step()
        it.log.write(30)
        it.log.copyTruncate()
        it.log.write(3)
        it.bench.step(seconds: 12)
        it.expectExact()
    }

    @Test(arguments: [false, true])
    func `by copy and truncation and grown beyond the old offset is seen to be new`(polling: Bool) throws {
        let it = try FollowedLog(polling: polling)
        it.log.write(50)
        it.bench.step()
        it.log.write(5)
        it.log.copyTruncate()
        it.log.write(500)
        it.bench.step(seconds: 12)
        it.expectExact()
    }

    @Test(arguments: [false, true])
    func `by copy and truncation and regrown to exactly the old offset is seen to be new`(
        whileStopped: Bool
    ) throws {
        let it = try FollowedLog()
        it.log.write(80)
        it.bench.step()
        if whileStopped { it.bench.stop() }
        it.log.copyTruncate()
        // Numbers of two digits again, so that the size is the same to the byte.
        let again = NumberedLog(it.bench.path("access.log"), from: 1)
        again.write(80)
        if whileStopped { try it.bench.restart() }
        it.bench.step(seconds: 12)
        // The same bytes cannot be told apart: these were not read again, and nothing tells that they should be.
        again.write(1)
        it.bench.step()
        #expect(it.bench.consumer.all.count == 81)
        // With other bytes they can.
        if whileStopped { it.bench.stop() }
        _ = rename(it.bench.path("access.log.1"), it.bench.path("access.log.2"))
        again.copyTruncate()
        let third = NumberedLog(it.bench.path("access.log"), from: 1)
        third.filler = " GET /items/8 200 0.012"
        third.write(81)
        if whileStopped { try it.bench.restart() }
        it.bench.step(seconds: 12)
        #expect(it.bench.consumer.all.count == 81 + 81)
    }

    @Test
    func `by truncation in place goes on at the beginning, and where it was cut in the middle at the cut`()
        throws
    {
        let it = try FollowedLog()
        it.log.write(100)
        it.bench.step()
        it.log.truncate(to: 0)
        it.bench.step()
        it.log.write(200)
        it.bench.step(seconds: 2)
        it.expectExact("cut to nothing")
        it.log.truncate(to: 3000)
        it.bench.step()
        it.log.write(10)
        it.bench.step(seconds: 12)
        it.expectExact("cut in the middle")
    }

    @Test(arguments: [false, true])
    func `into files that begin alike keeps them apart`(copies: Bool) throws {
        let it = try FollowedLog()
        let banner = String(repeating: "a header that each file has\n", count: 160)
        func begin() {
            it.log.raw(banner)
        }
        begin()
        it.log.write(100)
        it.bench.step()
        for _ in 0..<3 {
            it.log.write(10)
            if copies {
                _ = rename(it.bench.path("access.log.1"), it.bench.path("access.log.2"))
                it.log.copyTruncate()
            } else {
                it.log.shift()
                it.log.reopen()
            }
            begin()
            it.log.write(20)
            it.bench.step(seconds: 2)
        }
        it.bench.step(seconds: 12)
        var found = it.bench.consumer.all
        #expect(found.others == 4 * 160)
        found.others = 0
        #expect(found == it.log.truth)
    }

    @Test func `by deletion is new although its inode is used again`() throws {
        let it = try FollowedLog()
        var hasReused = false
        for _ in 0..<30 {
            it.log.write(20)
            it.bench.step()
            var before = stat()
            stat(it.log.path, &before)
            it.log.close()
            unlink(it.log.path)
            // The agent lets the deleted file go, so that its inode is free.
            it.bench.step(seconds: 700)
            it.log.reopen()
            var after = stat()
            stat(it.log.path, &after)
            hasReused = hasReused || before.st_ino == after.st_ino
            it.log.write(20)
            it.bench.step(seconds: 2)
            if hasReused { break }
        }
        it.expectExact()
        if !hasReused { print("note: this filesystem never used the inode again") }
    }

    @Test(arguments: [
        (name: "access.log-20260101", second: "access.log-20260102"),
        (name: "access-2026-01-01.log", second: "access-2026-01-02.log"),
        (name: "access.log.2026-01-01-10", second: "access.log.2026-01-01-11"),
        (name: "access.1.log", second: "access.2.log"),
    ])
    func `under names with dates is followed like any other, running or not`(
        row: (name: String, second: String)
    ) throws {
        let it = try FollowedLog(["access*"])
        it.log.write(10)
        it.bench.step()
        _ = rename(it.log.path, it.bench.path(row.name))
        it.log.reopen()
        it.log.write(10)
        it.bench.step(seconds: 2)
        it.bench.stop()
        it.log.write(10)
        _ = rename(it.log.path, it.bench.path(row.second))
        it.log.reopen()
        it.log.write(10)
        try it.bench.restart()
        it.bench.step(seconds: 12)
        it.expectExact()
    }

    @Test func `into another folder, and without a new file, is read to its end`() throws {
        let it = try FollowedLog()
        it.log.write(10)
        it.bench.step()
        mkdir(it.bench.path("old"), 0o755)
        it.log.write(10)
        _ = rename(it.log.path, it.bench.path("old/access.log.1"))
        it.log.write(10)
        it.bench.step(seconds: 12)
        it.expectExact("nobody has made a new file")
        it.log.reopen()
        it.log.write(10)
        it.bench.step(seconds: 2)
        it.expectExact()
    }

    @Test func `and shredded is not read again`() throws {
        let it = try FollowedLog()
        it.log.write(100)
        it.bench.step()
        it.log.shift()
        it.log.reopen()
        it.log.write(5)
        it.bench.step(seconds: 2)
        let size = try FileManager.default.attributesOfItem(atPath: it.log.path + ".1")[.size] as? Int ?? 0
        var random = SeededRandom(seed: 28)
        let garbage = Data((0..<size).map { _ in UInt8.random(in: 0...255, using: &random) })
        try FileHandle(forWritingTo: URL(filePath: it.log.path + ".1")).write(contentsOf: garbage)
        it.bench.step(seconds: 2)
        unlink(it.log.path + ".1")
        it.bench.step(seconds: 12)
        it.expectExact()
    }
}
