import Agent
import Foundation
import Glibc
import TailSupport
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `The disk's thread` {
    @Test
    func `records frames and follows logs beside the thread that samples, and ends with all of it saved`()
        throws
    {
        let folder = try TemporaryFolder()
        let (logs, state) = (folder.url.path + "/logs", folder.url.path + "/state")
        mkdir(logs, 0o755)
        let log = NumberedLog(logs + "/access.log")
        let queue = FrameQueue()
        let thread = try #require(
            DiskThread(queue) {
                let now = AgentLoop.now()
                guard
                    let recorder = try? Recorder(
                        RecorderOptions(folder: state), disk: LinuxDisk(), now: now, newLedger: 7)
                else { return nil }
                return LogFollower(
                    sources: [TailSource(name: "web", paths: [logs + "/access.log"])],
                    consumer: CountingConsumer(), recorder: recorder, now: now)
            })
        for number in 0..<20 {
            log.write(50)
            let frames = FrameEncoder.frame(.goodbye(reason: "\(number)"))
            #expect(
                queue.push(.init(frames: frames, opening: number == 0 ? [] : nil, isSnapshot: number == 0)))
        }
        thread.end()
        #expect(!queue.push(.init(frames: [1], isSnapshot: false)))
        let recorder = try Recorder(
            RecorderOptions(folder: state), disk: LinuxDisk(), now: AgentLoop.now(), newLedger: 8)
        let totals = recorder.recovered.epoch.totals
        let tally = LineTally(totals.span)
        #expect(tally == log.truth)
        var reasons = 0
        RecorderReader(folder: state, disk: LinuxDisk()).frames(
            from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: .max)
        ) { bytes, _ in
            var scanner = FrameScanner()
            while let frame = scanner.next(in: bytes) {
                if frame.kind == FrameKind.goodbye.rawValue { reasons += 1 }
            }
        }
        #expect(reasons == 20)
    }

    @Test func `takes no more than its queue holds, and what is dropped is counted`() {
        let queue = FrameQueue()
        let block = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<4 { #expect(queue.push(.init(frames: block, isSnapshot: false))) }
        #expect(!queue.push(.init(frames: block, isSnapshot: false)))
        #expect(queue.droppedBytes == 1 << 20)
        #expect(queue.drain().count == 4)
        #expect(queue.push(.init(frames: block, isSnapshot: false)))
    }
}
