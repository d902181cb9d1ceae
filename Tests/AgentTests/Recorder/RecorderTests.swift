import Agent
import Foundation
import Glibc
import TailSupport
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `The recorder` {
    private func time(_ second: UInt64, wall: Int64? = nil) -> TickTime {
        TickTime(
            wall: Timestamp(milliseconds: wall ?? 1_785_594_727_000 + Int64(second) * 1000),
            bootNanoseconds: second * 1_000_000_000)
    }

    private func open(_ disk: SimulatedDisk, _ change: (inout RecorderOptions) -> Void = { _ in }) throws
        -> Recorder
    {
        var options = RecorderOptions(folder: "/r")
        change(&options)
        return try Recorder(options, disk: disk, now: time(0), newLedger: 7)
    }

    private func frame(_ text: String) -> [UInt8] { FrameEncoder.frame(.goodbye(reason: text)) }

    @Test func `keeps its ring within size and age, and begins each segment with what opens a session`()
        throws
    {
        let disk = SimulatedDisk()
        let recorder = try open(disk) {
            $0.sizeBytes = 1 << 20
            $0.ageSeconds = 600
        }
        let filler = String(repeating: "x", count: 4000)
        for second in UInt64(0)..<900 {
            recorder.append(
                frame("\(second) \(filler)"), opening: second == 0 ? frame("hello") : nil,
                isSnapshot: second % 60 == 0, at: time(second))
            recorder.tick(at: time(second))
            #expect(recorder.bytes <= 1 << 20 + 1 << 19)
        }
        #expect(recorder.counters.removedSegments > 0)
        let oldest = try #require(recorder.oldest)
        #expect(oldest >= Timestamp(milliseconds: 1_785_594_727_000 + 200_000))
        // Every segment can be read by itself.
        let reader = RecorderReader(folder: "/r", disk: disk)
        var segments = 0
        reader.frames(from: oldest, to: time(900).wall) { bytes, _ in
            var decoder = FrameDecoder()
            decoder.append(bytes)
            let first = try? decoder.next()
            #expect(first == .goodbye(reason: "hello"))
            segments += 1
        }
        #expect(segments == recorder.segmentCount)
    }

    @Test(arguments: [false, true])
    func `begins the segment of a new session with what opens it`(isFull: Bool) throws {
        let disk = SimulatedDisk()
        let recorder = try open(disk)
        if isFull {
            let filler = String(repeating: "x", count: 4000)
            for second in UInt64(0)..<300 {
                recorder.append(frame(filler), isSnapshot: second == 0, at: time(second))
            }
        }
        let before = recorder.segmentCount
        recorder.append(frame("1"), opening: frame("hello"), isSnapshot: true, at: time(400))
        #expect(recorder.segmentCount == before + 1)
        var last: [WireMessage] = []
        RecorderReader(folder: "/r", disk: disk).frames(from: time(0).wall, to: time(900).wall) { bytes, _ in
            var decoder = FrameDecoder()
            decoder.append(bytes)
            last = []
            while let message = try? decoder.next() { last.append(message) }
        }
        #expect(last == [.goodbye(reason: "hello"), .goodbye(reason: "1")])
    }

    @Test func `gives up its ring slowly when the clock jumps, and keeps its order when it jumps back`()
        throws
    {
        let disk = SimulatedDisk()
        let recorder = try open(disk) { $0.sizeBytes = 8 << 20 }
        let filler = String(repeating: "x", count: 4000)
        for second in UInt64(0)..<1200 {
            recorder.append(frame(filler), isSnapshot: second % 30 == 0, at: time(second))
        }
        let before = recorder.segmentCount
        recorder.tick(at: time(1201, wall: 4_000_000_000_000))
        #expect(recorder.segmentCount >= before - 4)
        for second in UInt64(1202)..<1400 {
            recorder.append(frame(filler), isSnapshot: true, at: time(second, wall: 1_000_000_000_000))
        }
        let names = RecorderReader(folder: "/r", disk: disk).segments
        #expect(names == names.sorted())
        #expect(zip(names, names.dropFirst()).allSatisfy { $0.number + 1 == $1.number })
    }

    @Test(arguments: [ENOSPC, EROFS, EIO])
    func `says so while its disk takes nothing, keeps what it can, and goes on by itself`(errno: Int32)
        throws
    {
        let disk = SimulatedDisk()
        let recorder = try open(disk)
        var epoch = Epoch()
        epoch.deltas = [1]
        #expect(recorder.commit(epoch, at: time(1)))
        disk.failure = errno
        disk.partBytes = errno == ENOSPC ? 5 : 0
        epoch.deltas = [2]
        #expect(!recorder.commit(epoch, at: time(2)))
        #expect(recorder.state == .failing(errno: errno))
        for second in UInt64(3)..<900 {
            recorder.append(frame(String(repeating: "x", count: 4000)), isSnapshot: false, at: time(second))
            recorder.tick(at: time(second))
        }
        #expect(recorder.counters.droppedBytes > 1 << 20)
        disk.failure = 0
        recorder.tick(at: time(901))
        #expect(recorder.commit(epoch, at: time(902)))
        #expect(recorder.state == .recording)
        disk.processEnds()
        let again = try open(disk)
        #expect(again.recovered.deltas == [[1], [2]])
        #expect(again.recovered.missingEpochs == 0)
    }

    @Test func `stops before the disk is full, and goes on when there is room`() throws {
        let disk = SimulatedDisk()
        let recorder = try open(disk)
        #expect(recorder.commit(Epoch(), at: time(1)))
        disk.freeBytes = 1 << 34
        #expect(!recorder.commit(Epoch(), at: time(20)))
        #expect(recorder.state == .full)
        disk.freeBytes = 1 << 39
        #expect(recorder.commit(Epoch(), at: time(22)))
    }

    @Test func `has one writer`() throws {
        let folder = try TemporaryFolder()
        let options = RecorderOptions(folder: folder.url.path)
        let first = try Recorder(options, disk: LinuxDisk(), now: time(0), newLedger: 1)
        #expect(throws: RecorderError.locked(path: folder.url.path)) {
            _ = try Recorder(options, disk: LinuxDisk(), now: time(0), newLedger: 1)
        }
        #expect(first.state == .recording)
    }

    @Test func `finds every epoch before and behind a damaged one`() throws {
        let disk = SimulatedDisk()
        let recorder = try open(disk)
        for number in UInt8(1)...9 {
            var epoch = Epoch()
            epoch.deltas = [number]
            #expect(recorder.commit(epoch, at: time(UInt64(number))))
        }
        let size = disk.totalBytes / 9
        disk.flip(size * 4 + size / 2, ofFile: ".frames")
        disk.processEnds()
        let again = try open(disk)
        #expect(again.recovered.deltas == [[1], [2], [3], [4], [6], [7], [8], [9]])
        #expect(again.recovered.missingEpochs == 1)
        #expect(again.counters.repairedBytes > 0)
    }

    @Test func `reads on while it is written to`() throws {
        let folder = try TemporaryFolder()
        let options = RecorderOptions(folder: folder.url.path)
        let disk = LinuxDisk()
        let recorder = try Recorder(options, disk: disk, now: time(0), newLedger: 1)
        let reader = RecorderReader(folder: folder.url.path, disk: LinuxDisk())
        for second in UInt64(1)...20 {
            recorder.append(frame("\(second)"), isSnapshot: second == 1, at: time(second))
            var seen = 0
            reader.frames(from: time(0).wall, to: time(100).wall) { bytes, _ in
                var scanner = FrameScanner()
                while scanner.next(in: bytes) != nil { seen += 1 }
            }
            #expect(seen == Int(second))
        }
    }
}

/// 19: the process dies, or the machine does, at each call of the recorder in turn; lines go on to be written and rotated.
@Suite struct `Counts over crashes` {
    private func run(diesAt: Int, cutsPower: Double?, holdsOpen: Bool) throws -> (
        isExact: Bool, calls: Int, note: String
    ) {
        let folder = try TemporaryFolder()
        let disk = SimulatedDisk()
        let bench = TailBench(folder.url.path)
        bench.disk = disk
        bench.holdsOpen = holdsOpen
        bench.keepsNumbers = false
        let log = NumberedLog(bench.path("access.log"))
        func crash() {
            bench.kill()
            if let cutsPower { disk.powerIsCut(keeping: cutsPower) } else { disk.processEnds() }
        }
        try bench.start()
        disk.diesAt = disk.calls + diesAt
        for round in 0..<6 {
            log.write(5)
            bench.step()
            if round == 2 { bench.running.checkpoint(at: bench.now) }
            if round == 3 {
                log.write(3)
                log.shift()
                log.reopen()
            }
            if round == 4 { log.copyTruncate(".0") }
            log.write(2)
        }
        let calls = disk.calls
        crash()
        log.write(4)
        try bench.start()
        bench.step(seconds: 2)
        crash()
        log.shift()
        log.reopen()
        log.write(4)
        try bench.start()
        bench.step(seconds: 2)
        let found = bench.consumer.all
        return (found == log.truth, calls, "\(found), truth \(log.truth)")
    }

    @Test(arguments: [false, true], [nil, 0, 0.5, 1])
    func `are exact wherever it ends`(holdsOpen: Bool, cutsPower: Double?) throws {
        var place = 0
        while true {
            let result = try run(diesAt: place, cutsPower: cutsPower, holdsOpen: holdsOpen)
            #expect(result.isExact, "died at call \(place): \(result.note)")
            if result.calls < place || place > 200 { break }
            place += 1
        }
        #expect(place > 20)
    }
}
