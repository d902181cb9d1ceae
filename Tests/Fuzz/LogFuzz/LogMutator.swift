import TestSupport

/// Inputs for the seeded run: lines of all kinds with a few bytes changed, cut, doubled or moved.
struct LogMutator {
    private static let lines = [
        #"192.0.2.7 - - [22/Nov/2026:08:09:25 +0000] "GET /items/7?page=2 HTTP/1.1" 200 155 "-" "x/1 (y)" 0.003 0.002"#,
        #"192.0.2.8 - - [22/Nov/2026:08:09:26 +0000] "POST /api/v2/users/17/orders;s=1 HTTP/1.1" 502 - "http://a/b" "" 9.999 -"#,
        #"::1 - - [22/Nov/2026:08:09:26 +0000] "GET /a/9747ea2d-11aa-4bcd-8eef-0123456789ab/of/a/path/longer/than/any/word/is HTTP/2.0" 200 1 "-" "z""#,
        #"::1 - - [22/Nov/2026:08:09:27 +0000] "GET / HTTP/1.1" 304 0"#,
        #"1.2.3.4 - bob smith [22/Nov/2026:08:09:25 +0000] "GET /items/7?a="b" HTTP/1.1" 200 5 "-" "x \" y" 0.003 -"#,
        #"{"level":"info","ts":1795334989.03,"logger":"http.log.access","request":{"method":"GET","uri":"\/a\u00e9"},"duration":0.0009,"size":10,"status":200}"#,
        #"{"t":{"$date":"2026-11-22T07:00:00.004+00:00"},"s":"I","c":"WRITE","id":51803,"msg":"Slow query","attr":{"durationMillis":195}}"#,
        #"<134>Nov 22 08:03:34 haproxy[1]: [::1]:3 [22/Nov/2026:08:03:34.613] www app/a 0/0/0/1/+1 204 33 - - CD-- 6/6/3/1/0 0/0 {a|b} "PUT /x HTTP/1.1""#,
        #"{"log":"GET /x \u001b[32m200\u001b[0m 1.5 ms - 3\n","stream":"stdout","time":"2026-11-22T08:09:25Z"}"#,
        #"2026-11-22T08:03:34.123456789Z stdout P method=GET path="/x" status=200 duration=1.5"#,
        "I, [2026-11-22T08:11:12.72 #27069]  INFO -- : [885e] Started GET \"/x\" for ::1 at 2026-11-22 08:11:12 +0000",
        "I, [2026-11-22T08:11:12.72 #27069]  INFO -- : [885e] Completed 200 OK in 12ms (Views: 0.2ms)",
        "method=GET path=/fail controller=A action=b status=500 error='x: undefined `price'",
        "  ^^^' duration=1.99 view=0",
        "2026-11-22 08:01:32.776 UTC [21328] a@b LOG:  duration: 81.156 ms  execute <unnamed>: SELECT",
        #"2026-11-22 08:01:32.090 UTC,,,213,,6b.5,1,,2026-11-22 08:01:32 UTC,,0,ERROR,00000,"say ""x"","#,
        "# Time: 261122  8:01:54\n# User@Host: s[s] @  [::1]\n# Query_time: 0.29  Lock_time: 0\nSELECT 1;",
        "2026-11-22  8:01:53 0 [Warning] 'user' entry ignored",
        "2026/11/22 08:09:25 [error] 7#7: *5 upstream timed out (110: x) while reading, client: ::1, server: x",
        "[Sun Nov 22 08:09:25.123456 2026] [proxy:error] [pid 7:tid 8] (111)x: [client ::1:5] AH00957: no, referer: x",
        "[22-Nov-2026 08:09:25 UTC] PHP Fatal error:  no", "[2026-11-22 08:09:25 +0000] [7] [ERROR] no",
        "2019-09-26T15:37:36.000+0000 I  COMMAND  [conn1] command test.c command: find 131ms",
        "<129>Nov  2 08:03:34 lb haproxy[1]: Server a/b is DOWN, reason: x",
        "\u{1B}[31mERROR:app:no\u{1B}[0m",
        "E1122 08:09:25.123456    1234 file.go:10] no", "2026-11-22 08:09:25,123 - x - ERROR - no",
        "web-1  | 1.2.3.4 0.1, 0.2 : - 0.3 200 shop/x", "__CURSOR=s=1", "MESSAGE=level=error msg=no",
        #"{"MESSAGE":"level=info","__CURSOR":"s=1"}"#, "2026-11-22T08:03:34.123456789Z level=warn x",
        "INFO:     ::1:5000 - \"GET /u HTTP/1.1\" 200 OK", "Traceback (most recent call last):", "\0\0\0", "",
    ]

    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func next() -> [UInt8] {
        var bytes: [UInt8] = []
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            bytes += Array((Self.lines.randomElement(using: &random) ?? "").utf8) + [0x0A]
        }
        for _ in 0..<Int.random(in: 0...5, using: &random) { mutate(&bytes) }
        let head = (0..<2).map { _ in UInt8.random(in: 0...255, using: &random) }
        return head + bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1:
            bytes[place] = [0, 0x0A, 0x22, 0x5C, 0x20, 0x1B, 0x7B, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 5))
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
        case 4: bytes.insert(contentsOf: [UInt8](repeating: 0x39, count: 40), at: place)
        default: bytes.removeSubrange(place...)
        }
    }
}
