import Foundation
import Glibc
import TailSupport
import TestSupport
import Testing

@Suite struct `A process that is killed` {
    /// MARTLET_KILLS sets how many; a thousand take about half a minute.
    @Test func `at random moments while logs are rotated counts every line once`() throws {
        guard let worker = Program.built("TailWorker") else {
            print("skipped: TailWorker was not built")
            return
        }
        let environment = ProcessInfo.processInfo.environment
        let kills = environment["MARTLET_KILLS"].flatMap { Int($0) } ?? 1000
        let seed = environment["MARTLET_SEED"].flatMap { UInt64($0) } ?? UInt64.random(in: 1...9999)
        print("\(kills) kills, seed \(seed)")
        var random = SeededRandom(seed: seed)
        let folder = try TemporaryFolder()
        let (logs, state) = (folder.url.path + "/logs", folder.url.path + "/state")
        mkdir(logs, 0o755)
        let log = NumberedLog(logs + "/access.log")
        let deadline = ContinuousClock.now + .seconds(environment["MARTLET_KILLS"] == nil ? 60 : 86_400)
        // A log that was rotated before anybody looked at the folder once is nobody's: there must have been a first look.
        _ = try Program.run(worker, ["count", logs + "/access.log", state])
        var done = 0
        while done < kills, ContinuousClock.now < deadline {
            let pid = try spawn([worker, "follow", logs + "/access.log", state])
            // Time for the process to start, and then a little or some more of its work.
            let milliseconds = Int32.random(in: 4...40, using: &random)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                log.write(Int.random(in: 0...30, using: &random))
                poll(nil, 0, milliseconds / 4)
                switch Int.random(in: 0..<24, using: &random) {
                case 0, 1:
                    if Bool.random(using: &random) { log.write(3) }
                    log.reopen()
                case 2: shiftAndCopy(log)
                case 3:
                    log.raw("\(log.take())")
                    log.raw(" torn in two\n")
                    log.expectLast()
                default: break
                }
            }
            kill(pid, SIGKILL)
            var status: Int32 = 0
            waitpid(pid, &status, 0)
            done += 1
            if done % 100 == 0 {
                let result = try Program.run(worker, ["count", logs + "/access.log", state])
                #expect(
                    result.output == "\(log.truth)\n",
                    "after \(done) kills, seed \(seed), truth \(log.truth): \(result.errors)")
                guard result.output == "\(log.truth)\n" else { return }
            }
        }
        let result = try Program.run(worker, ["count", logs + "/access.log", state])
        #expect(result.output == "\(log.truth)\n", "after \(done) kills, seed \(seed)")
        print("\(done) kills, \(log.truth)")
        #expect(done >= min(kills, 200))
    }

    /// copytruncate loses what is written between its copy and its cut; this writer writes nothing then.
    private func shiftAndCopy(_ log: NumberedLog) {
        for number in stride(from: 300, to: 0, by: -1) {
            _ = rename("\(log.path).\(number)", "\(log.path).\(number + 1)")
        }
        log.copyTruncate()
    }

    private func spawn(_ arguments: [String]) throws -> pid_t {
        var pid: pid_t = 0
        var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) }
        words.append(nil)
        defer { for word in words { free(word) } }
        let status = posix_spawn(&pid, arguments[0], nil, nil, words, environ)
        guard status == 0 else { throw POSIXError(.init(rawValue: status) ?? .EIO) }
        return pid
    }
}
