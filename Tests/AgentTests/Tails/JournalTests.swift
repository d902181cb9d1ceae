import Agent
import Foundation
import Glibc
import TailSupport
import TestSupport
import Testing

@Suite struct `A journal` {
    /// Entries as `journalctl -o export` writes them (systemd 252), one with a value that holds newlines.
    private func entry(_ number: Int, _ message: String) -> [UInt8] {
        var bytes = Array(
            "__CURSOR=s=1;i=\(number)\n__REALTIME_TIMESTAMP=17855947270\(number)\n_PID=7\n".utf8)
        if message.contains("\n") {
            bytes += Array("MESSAGE\n".utf8)
            let count = UInt64(message.utf8.count)
            bytes += (0..<8).map { UInt8(truncatingIfNeeded: count >> UInt64(8 * $0)) }
            bytes += Array(message.utf8)
        } else {
            bytes += Array("MESSAGE=\(message)".utf8)
        }
        return bytes + Array("\nPRIORITY=6\n\n".utf8)
    }

    @Test(arguments: 1..<40)
    func `is read the same wherever its stream is split`(size: Int) {
        let stream = entry(1, "one") + entry(2, "two\nlines\n") + entry(3, "x=y \u{e9}") + entry(4, "")
        var parser = JournalParser()
        var found: [JournalEntry] = []
        var place = 0
        while place < stream.count {
            let part = Array(stream[place..<min(place + size, stream.count)])
            parser.take(part.span) { found.append($0) }
            place += part.count
        }
        #expect(
            found.map { String(decoding: $0.message, as: UTF8.self) } == [
                "one", "two\nlines\n", "x=y \u{e9}", "",
            ])
        #expect(found.map(\.cursor) == ["s=1;i=1", "s=1;i=2", "s=1;i=3", "s=1;i=4"])
    }

    @Test(arguments: 0..<100 as Range<UInt64>)
    func `of arbitrary bytes is nothing or entries, never a trap`(seed: UInt64) {
        var random = SeededRandom(seed: seed)
        var parser = JournalParser()
        let pool = Array("MESSAGE\n=__CURSOR=\u{0}\u{1}\n\nPRIORITY=6\n".utf8)
        let bytes = (0..<2000).map { _ in pool.randomElement(using: &random) ?? 0 }
        parser.take(bytes.span) { _ in }
    }

    /// A stand-in for journalctl: says the entries of a recorded stream behind the cursor that it is given.
    @Test func `goes on behind its cursor when the reader or the agent ends`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.path
        for number in 1...40 {
            try Data(entry(number, "\(number) said")).write(to: URL(filePath: "\(path)/\(number)"))
        }
        try Program.script(
            """
            first=1
            for word in "$@"; do
                case $word in --after-cursor=*) first=$((${word##*=} + 1)) ;; esac
            done
            last=$(cat '\(path)/last')
            while [ "$first" -le "$last" ]; do cat "\(path)/$first"; first=$((first + 1)); done
            """, at: "\(path)/journalctl")
        let bench = TailBench(path)
        bench.sources = [TailSource(name: "worker", journal: "worker.service")]
        bench.journalProgram = ["\(path)/journalctl"]
        bench.holdsOpen = true
        var expected = LineTally()
        for last in [3, 11, 11, 26, 40] {
            try Data("\(last)".utf8).write(to: URL(filePath: "\(path)/last"))
            while expected.count < last { expected.add(expected.count + 1) }
            try bench.start()
            let isThere = Eventually.holds {
                bench.step()
                return bench.consumer.all == expected
            }
            #expect(isThere, "\(bench.consumer.all), expected \(expected)")
            if last == 11 { bench.running.commit(at: bench.now) }
            if last == 26 { bench.kill() } else { bench.stop() }
        }
    }
}
