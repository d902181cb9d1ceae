import Agent
import Foundation
import Glibc
import TailSupport
import TestSupport
import Testing

/// Histories of writing, rotating, copying, compressing and crashing that a seed chooses; whatever they are, all lines count once.
@Suite struct `Any history of a log` {
    private struct Run {
        let it: FollowedLog
        var random: SeededRandom
        var story: [String] = []

        mutating func act() throws {
            let log = it.log
            switch Int.random(in: 0..<16, using: &random) {
            case 0..<5:
                let lines = Int.random(in: 1...60, using: &random)
                story.append("write \(lines)")
                log.write(lines)
            case 5..<8:
                story.append("step")
                it.bench.step()
            case 8:
                story.append("crash")
                it.bench.kill()
                try it.bench.start()
            case 9:
                story.append("crash and step")
                try it.bench.restart()
            case 10:
                story.append("rotate")
                log.shift(20)
                if Bool.random(using: &random) {
                    story.append("write 3 to the old one")
                    log.write(3)
                }
                log.reopen()
            case 11, 12:
                story.append("copy and truncate")
                for number in stride(from: 20, to: 0, by: -1) {
                    _ = rename("\(log.path).\(number)", "\(log.path).\(number + 1)")
                }
                log.copy(to: log.path + ".1")
                if Bool.random(using: &random) {
                    story.append("step before the cut")
                    it.bench.step()
                }
                log.truncate(to: 0)
            case 13:
                story.append("wait a while")
                it.bench.step(seconds: 5)
            case 14:
                story.append("stop and start")
                it.bench.stop()
                try it.bench.start()
            default:
                story.append("commit, crash")
                it.bench.running.commit(at: it.bench.now)
                try it.bench.restart()
            }
        }
    }

    /// MARTLET_HISTORIES sets how many.
    private static let seeds: Range<UInt64> =
        0..<(ProcessInfo.processInfo.environment["MARTLET_HISTORIES"].flatMap { UInt64($0) } ?? 100)

    @Test(arguments: seeds)
    func `counts each line once`(seed: UInt64) throws {
        var run = Run(it: try FollowedLog(), random: SeededRandom(seed: seed))
        run.it.bench.holdsOpen = seed % 2 == 1
        for _ in 0..<40 {
            try run.act()
            var look = run.random
            guard Int.random(in: 0..<8, using: &look) == 0 else { continue }
            run.it.bench.step(seconds: 6)
            run.story.append("look: \(run.it.log.truth.count)")
            guard run.it.bench.consumer.all == run.it.log.truth else { break }
        }
        run.it.bench.step(seconds: 6)
        #expect(
            run.it.bench.consumer.all == run.it.log.truth,
            "seed \(seed): \(run.story.suffix(30).joined(separator: ", "))")
    }
}
