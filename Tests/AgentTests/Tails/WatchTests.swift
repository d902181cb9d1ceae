import Agent
import Foundation
import Glibc
import TailSupport
import TestSupport
import Testing

@Suite struct `Watches of logs` {
    @Test func `that lost events, or are refused, cost no line`() throws {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path, ["*.log", "more/*.log"])
        bench.keepsNumbers = false
        // The second folder is refused its watch.
        bench.watchLimit = 1
        try bench.start()
        bench.step(seconds: 2)
        mkdir(bench.path("more"), 0o755)
        bench.step(seconds: 12)
        var truth = LineTally()
        // More events than the kernel's queue takes (16,384 by default).
        for number in UInt64(0)..<9000 {
            let log = NumberedLog(bench.path("\(number).log"), from: number * 10 + 1)
            log.write(2)
            truth = truth + log.truth
        }
        let more = NumberedLog(bench.path("more/a.log"), from: 1_000_000)
        more.write(3)
        bench.step(seconds: 12)
        more.write(3)
        bench.step(seconds: 12)
        #expect(bench.consumer.all == truth + more.truth)
        #expect(bench.count(.overflows) >= 1)
        #expect(bench.count(.polledFolders) == 1)
        #expect(bench.tails.openDescriptors <= TailLimits.descriptors + 1)
        bench.step(seconds: 90)
        #expect(bench.tails.openDescriptors <= 100)
    }

    @Test func `of ten thousand files, of which ten are written to, need few descriptors`() throws {
        let folder = try TemporaryFolder()
        let bench = TailBench(folder.url.path, ["*.log"])
        bench.keepsNumbers = false
        var logs: [NumberedLog] = []
        for number in UInt64(0)..<10_000 {
            let log = NumberedLog(bench.path("\(number).log"), from: number * 1000 + 1)
            log.write(1)
            if number % 1000 == 0 { logs.append(log) }
        }
        try bench.start()
        bench.step(seconds: 2)
        let first = bench.consumer.all.count
        bench.step(seconds: 70)
        var cpu = 0.0
        for _ in 0..<60 {
            for log in logs { log.write(5) }
            let start = ProcessInfo.processInfo.threadSeconds
            bench.step()
            cpu += ProcessInfo.processInfo.threadSeconds - start
        }
        #expect(bench.consumer.all.count == first + 60 * 50)
        #expect(bench.tails.openDescriptors <= 110)
        print(
            "10,000 files, 10 active: \(cpu / 60 * 100) % of a core in this build, \(bench.tails.openDescriptors) open"
        )
    }

    @Test
    func
        `11 on two filesystems are two files whatever their inodes are, and 27 one where one is mounted twice`()
        throws
    {
        guard getuid() == 0, let unshare = Program.find("unshare"), let worker = Program.built("TailWorker")
        else {
            print("skipped: needs root, unshare(1) and TailWorker")
            return
        }
        let folder = try TemporaryFolder()
        let path = folder.url.path
        let script = """
            set -e
            mkdir -p one two bound
            mount -t tmpfs tmpfs one
            mount -t tmpfs tmpfs two
            seq 1 100 > one/a.log
            seq 1000 1100 > two/a.log
            stat -c %i one/a.log two/a.log
            mount --bind one bound
            "\(worker)" count '\(path)/*/*.log' '\(path)/state'
            """
        let result = try Program.run(
            unshare, ["-m", "sh", "-c", script], folder: folder.url)
        guard result.status == 0 else {
            print("skipped: no mounts here: \(result.errors)")
            return
        }
        let lines = result.output.split(separator: "\n")
        #expect(lines.count == 3 && lines[0] == lines[1], "the same inode on both: \(result.output)")
        #expect(lines.last?.hasPrefix("201 lines, sum \(5050 + 101 * 1050),") ?? false, "\(result.output)")
    }
}

extension ProcessInfo {
    /// CPU seconds that this thread has used.
    fileprivate var threadSeconds: Double {
        var used = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used)
        return Double(used.tv_sec) + Double(used.tv_nsec) / 1e9
    }
}
