import Foundation
import RequestLogs
import TestSupport
import Testing

/// Seeded mutations of lines of every kind: no trap, nothing lost, and the same whatever pieces the bytes come in.
@Suite struct `Any bytes at all` {
    private static let seeds: [(format: String, line: String)] =
        `A nasty line`.rows.map { ($0.format, $0.line) } + [
            (
                "rails",
                #"I, [2026-11-22T08:11:12.726788 #27069]  INFO -- : [885e] Started PUT "/items/144" for 1.2.3.4 at 2026-11-22 08:11:12 +0000"#
            ),
            (
                "rails",
                "I, [2026-11-22T08:11:12.726788 #27069]  INFO -- : [885e] Completed 200 OK in 12ms (Views: 0.2ms)"
            ),
            ("lograge", "method=GET path=/fail controller=A action=b status=500 error='x: undefined `price'"),
            ("lograge", "  ^^^' duration=1.99 view=0.00"),
            (
                "postgresql:stderr",
                "2026-11-22 08:01:32.776 UTC [21328] shop@shop LOG:  duration: 81.156 ms  execute <unnamed>: SELECT"
            ),
            (
                "postgresql:csv",
                #"2026-11-22 08:01:32.090 UTC,,,213,,6b.5,1,,2026-11-22 08:01:32 UTC,,0,LOG,00000,"duration: 1.5 ms  statement: ""x"" "#
            ),
            (
                "mysql:slow",
                "# Time: 2026-11-22T07:00:01.814930Z\n# User@Host: s[s] @  [::1]  Id: 1\n# Query_time: 0.29  Lock_time: 0\nSELECT 1;"
            ),
            ("mysql:error", "2026-11-22  8:01:53 0 [Warning] 'user' entry ignored"),
            (
                "mongodb",
                #"{"t":{"$date":"2026-11-22T07:00:00.004+00:00"},"s":"I",  "c":"WRITE",    "id":51803,   "ctx":"c","msg":"Slow query","attr":{"durationMillis":195}}"#
            ),
            (
                "springbootapp",
                "2026-11-22T08:07:27.897Z  INFO 12345 --- [shop] [main] com.example.Shop : Started"
            ),
            (
                "auto",
                "<134>Nov 22 08:03:34 haproxy[21869]: 127.0.0.1:34630 [22/Nov/2026:08:03:34.613] www app/a 0/0/0/1/1 204 33 - - ---- 6/6/3/1/0 0/0 \"DELETE /items/409 HTTP/1.1\""
            ),
            (
                "auto",
                #"{"log":"1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] \"GET / HTTP/1.1\" 200 5\n","stream":"stdout","time":"2026-11-22T08:09:25Z"}"#
            ),
            (
                "auto",
                #"2026-11-22T08:03:34.123456789Z stdout F 1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] "GET / HTTP/1.1" 200 5"#
            ),
        ]

    @Test(arguments: [UInt64(1), 2, 3])
    func `give the same counts in any pieces, and account for every line`(_ seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        for (format, line) in Self.seeds {
            for _ in 0..<6 {
                var bytes: [UInt8] = []
                for _ in 0..<Int.random(in: 1...8, using: &random) {
                    var copy = Array(line.utf8)
                    for _ in 0..<Int.random(in: 0...3, using: &random) { Self.mutate(&copy, &random) }
                    bytes += copy + (Bool.random(using: &random) ? [0x0A] : [0x0D, 0x0A])
                }
                if Bool.random(using: &random) { bytes.removeLast() }
                guard let whole = try Reading.read(bytes, format) else { continue }
                let cuts = (0..<4).map { _ in Int.random(in: 0...bytes.count, using: &random) }
                let pieces = try #require(try Reading.read(bytes, format, pieces: cuts))
                #expect(
                    whole.json == pieces.json,
                    "seed \(seed), \(format), cuts \(cuts): \(String(decoding: bytes, as: UTF8.self))")
                #expect(whole.summary.series.map(\.requests).reduce(0, +) == whole.summary.requests)
                _ = try JSONSerialization.jsonObject(with: Data(whole.json.utf8))
            }
        }
    }

    private static func mutate(_ bytes: inout [UInt8], _ random: inout SeededRandom) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1:
            bytes[place] =
                [0, 0x0A, 0x22, 0x5C, 0x20, 0x1B, 0x7B, 0x39, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 5))
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
        case 4: bytes.insert(contentsOf: [UInt8](repeating: 0x39, count: 40), at: place)
        default: bytes.removeSubrange(place...)
        }
    }
}
