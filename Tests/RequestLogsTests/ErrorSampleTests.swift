import RequestLogs
import Testing

/// Error lines become few samples with exact counts, and leave without secrets.
@Suite struct `Error samples` {
    private static func log(_ lines: [String], _ format: String, _ log: inout ServiceLog) throws {
        guard case .fixed(let format) = try LogFormats.choice(format) else { return }
        var reader = LogReader(format)
        for line in lines { log.take(Array(line.utf8).span, file: 7, by: &reader) }
    }

    private static let format = #"nginx:"$request" $status $request_time"#

    @Test func `are one a kind, count all, and are few a minute`() throws {
        var log = ServiceLog()
        let lines =
            (0..<100).map { "\"GET /items/\($0) HTTP/1.1\" 500 0.1" } + [#""GET /a HTTP/1.1" 200 1.5"#]
        try Self.log(lines, Self.format, &log)
        let first = log.takeSamples(at: 0)
        #expect(first.map(\.count) == [100, 1])
        #expect(first.map(\.route) == ["/items/:id", "/a"])
        #expect(first.map(\.status) == [500, 200])
        #expect(first.map(\.file) == [7, 7])
        var told = first.count
        var counted: UInt64 = 101
        for second in 1..<60 {
            try Self.log(["\"GET /items/1 HTTP/1.1\" 500 0.1"], Self.format, &log)
            let samples = log.takeSamples(at: Int64(second) * 1000)
            told += samples.count
            counted += samples.reduce(0) { $0 + $1.count }
        }
        #expect(told == ErrorSamples.toldOfKindMax + 1)
        let next = log.takeSamples(at: 60_000)
        counted += next.reduce(0) { $0 + $1.count }
        #expect(counted == 101 + 59)
    }

    @Test func `tell entries apart by their words, not by numbers, ids and quoted texts`() throws {
        var log = ServiceLog()
        let head = "2026-11-22 08:01:32.776 UTC [21328] a@b ERROR:  "
        try Self.log(
            [
                head + "relation \"shop\" does not exist at character 15",
                head + "relation \"cart\" does not exist at character 7",
                head + "deadlock detected by process 1234",
                "2026-11-22 08:01:32.776 UTC [21328] a@b LOG:  all is well",
            ], "postgresql:stderr", &log)
        let samples = log.takeSamples(at: 0)
        #expect(samples.map(\.count) == [2, 1])
        #expect(samples.map(\.severity) == [.error, .error])
        #expect(samples.map(\.time) == [1_795_334_492_776, 1_795_334_492_776], "by the log's own time")
        #expect(samples.allSatisfy { $0.method == nil && $0.route.isEmpty })
    }

    @Test func `of a server are of one kind whoever the client was, and whatever it asked for`() throws {
        var log = ServiceLog()
        let head = "2026/11/22 08:09:25 [error] 7#7: *"
        let why = "connect() failed (111: Connection refused) while connecting to upstream, client: "
        try Self.log(
            [
                head + "5 \(why)10.0.0.1, server: a, request: \"GET /a?token=x HTTP/1.1\", host: \"a\"",
                head + "6 \(why)2001:db8::1, server: b.example, request: \"POST / HTTP/2.0\"",
                head + "7 upstream timed out (110: Connection timed out) while connecting, client: ::1",
                head + "8 limiting requests, excess: 5.123 by zone \"one\", client: ::1, server: a",
                head + "9 limiting requests, excess: 0.800 by zone \"two\", client: 1.2.3.4, server: b",
            ], "nginx-error", &log)
        let samples = log.takeSamples(at: 0)
        #expect(samples.map(\.count) == [2, 1, 2])
        #expect(!samples.contains { String(decoding: $0.text, as: UTF8.self).contains("token=x") })
    }

    @Test func `of a finished log are counted by kind, each with its first message`() throws {
        let head = "2026/11/22 08:09:25"
        var summary = LogSummary()
        summary.entries.keepsKinds = true
        let lines = [
            "\(head) [error] 7#7: *5 limiting requests, excess: 5.1 by zone \"one\", client: ::1, server: a",
            "\(head) [warn] 7#7: *6 no token=abc left, client: 10.0.0.1, server: a",
            "\(head) [error] 7#7: *7 limiting requests, excess: 9.2 by zone \"two\", client: 10.0.0.1",
            "\(head) [notice] 7#7: signal 15 received, exiting",
        ]
        let log = Array((lines.joined(separator: "\n") + "\n").utf8)
        let outcome = try #require(try Reading.read(log, "auto", summary: summary))
        let kinds = outcome.summary.entries.kinds
        #expect(kinds.map(\.count) == [2, 1])
        #expect(kinds.map(\.severity) == ["error", "warn"])
        #expect(
            kinds.map { String(decoding: $0.example, as: UTF8.self) } == [
                "limiting requests, excess: 5.1 by zone \"one\"", "no token=*** left",
            ])
        #expect(outcome.json.contains(#""by_message":[{"severity":"error","count":2,"text":"limiting"#))
    }

    @Test func `stay bounded where every line is another error, and lose none`() throws {
        var log = ServiceLog()
        let letters = Array("abcdefghij")
        let words = (0..<500).map { number in String(String(number).map { letters[$0.wholeNumberValue ?? 0] })
        }
        try Self.log(
            words.map { "2026-11-22 08:01:32.776 UTC [2] a@b ERROR:  no \($0) left" }, "postgresql:stderr",
            &log)
        var counted: UInt64 = 0
        for minute in 0..<10 {
            let samples = log.takeSamples(at: Int64(minute) * 60_000)
            #expect(samples.count <= ErrorSamples.toldMax)
            counted += samples.reduce(0) { $0 + $1.count }
        }
        #expect(counted == 500)
    }

    @Test func `of a new kind are told though more kinds than a minute has room for never cease`() throws {
        var log = ServiceLog()
        let noise = (0..<30).map { "\"GET /\(String(repeating: "a", count: $0 + 1)) HTTP/1.1\" 500 0.1" }
        for second in 0..<60 {
            try Self.log(noise, Self.format, &log)
            _ = log.takeSamples(at: Int64(second) * 1000)
        }
        try Self.log([#""GET /new HTTP/1.1" 502 0.1"#], Self.format, &log)
        var told: Set<String> = []
        for minute in 1..<4 {
            try Self.log(noise, Self.format, &log)
            told.formUnion(log.takeSamples(at: Int64(minute) * 60_000).map(\.route))
        }
        #expect(told.count == 31)
        #expect(told.contains("/new"))
    }

    @Test(arguments: [
        (#""GET /a?token=abc&page=2 HTTP/1.1" 500"#, #""GET /a?token=***&page=*** HTTP/1.1" 500"#),
        (#"{"uri":"/a?x=1\u0026y=2","status":500}"#, #"{"uri":"/a?x=***\u0026y=***","status":500}"#),
        ("what is this? nothing = 3", "what is this? nothing = 3"),
        (
            #"{"Authorization":["Bearer abc.def"],"Cookie":["a=b; c=d","e=f"],"Host":"h"}"#,
            #"{"Authorization":["***"],"Cookie":["***","***"],"Host":"h"}"#
        ),
        ("Authorization: Bearer abc.def ok", "Authorization: Bearer *** ok"),
        ("Cookie: a=b; c=d", "Cookie: ***"),
        ("password=hunter2 user=bob", "password=*** user=bob"),
        (#"api_key="a b" x"#, #"api_key="***" x"#),
        (#"msg="{\"password\":\"p\\\"q\",\"n\":1}""#, #"msg="{\"password\":\"***\",\"n\":1}""#),
        ("postgres://bob:secret@db/shop", "postgres://bob:***@db/shop"),
        ("using ghp_abcdefghijklmnopqrstuvwx now", "using *** now"),
        ("monkey=5 keyboard: x", "monkey=5 keyboard: x"),
        ("key=5", "key=***"),
        ("http://host:80/path@x", "http://host:80/path@x"),
        ("", ""), ("?", "?"), ("token=", "token="), ("Cookie:", "Cookie:"), ("a://", "a://"),
        (#"secret="open"#, #"secret="***"#),
        ("GET /cb#access_token=abc&state=x HTTP/1.1", "GET /cb#access_token=***&state=x HTTP/1.1"),
        ("Authorization: Basic dXNlcjpwYXNz\r", "Authorization: Basic ***\r"),
        ("Proxy-Authorization: Digest username=bob, response=abc", "Proxy-Authorization: Digest ***"),
        ("authorization=Token abcdef", "authorization=Token ***"),
        (#"Set-Cookie: sid=abc; Path=/; HttpOnly""#, #"Set-Cookie: ***""#),
        ("jwt was eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_def1234 ok", "jwt was *** ok"),
        ("key AKIAIOSFODNN7EXAMPLE in use", "key *** in use"),
        ("aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "aws_secret_access_key = ***"),
        ("X-Amz-Signature=abcdef&x=1", "X-Amz-Signature=***&x=1"),
        (
            #"bad key: -----BEGIN RSA PRIVATE KEY-----\nMIIEow\n-----END RSA PRIVATE KEY----- here"#,
            "bad key: *** here"
        ),
        ("-----BEGIN PRIVATE KEY-----", "***"),
        ("-----BEGIN CERTIFICATE----- MIIB", "-----BEGIN CERTIFICATE----- MIIB"),
        ("card 4111 1111 1111 1111 refused", "card *** refused"),
        ("card 4111-1111-1111-1111, refused", "card ***, refused"),
        ("card=5500005555555559 refused", "card=*** refused"),
        ("order 1234567890123456 refused", "order 1234567890123456 refused"),
        ("at 1795334965123456789 ns", "at 1795334965123456789 ns"),
        (
            "https://bob@host/x and https://bob:p%40ss@host:8080/x",
            "https://bob@host/x and https://bob:***@host:8080/x"
        ),
        ("amqp://:secret@mq//vhost", "amqp://:***@mq//vhost"),
        ("redis://default:s3cr@t@cache:6379/0", "redis://default:***@cache:6379/0"),
        ("DATABASE_URL=postgres://u:p@h/d", "DATABASE_URL=postgres://u:***@h/d"),
        ("mysql -u root -phunter2 failed", "mysql -u root -phunter2 failed"),
        ("--password hunter2 --user bob", "--password *** --user bob"),
        ("client_secret: 'a''b'", "client_secret: '***''b'"),
        (#"{"password":null,"token":12345,"user":"x"}"#, #"{"password":***,"token":***,"user":"x"}"#),
        (#"{"api_key": ["a", "b"], "x": 1}"#, #"{"api_key": ["***", "***"], "x": 1}"#),
        ("password reset for bob", "password reset for bob"),
        ("token expired", "token expired"),
        ("the key is lost", "the key is lost"),
        ("PASSWORD='it''s' x", "PASSWORD='***''s' x"),
        (#"headers={\"X-Api-Key\": \"abc\"}"#, #"headers={\"X-Api-Key\": \"***\"}"#),
        (
            "SELECT * FROM users WHERE password = 'abc' AND id = 5",
            "SELECT * FROM users WHERE password = '***' AND id = 5"
        ),
        (#"Parameters: {"a_token"=>"abc", "id" => "7"}"#, #"Parameters: {"a_token"=>"***", "id" => "7"}"#),
        (#"{:password=>"abc", 'pin' => 'x'}"#, #"{:password=>"***", 'pin' => '***'}"#),
        (#"{"session":{"id":"a","n":{"k":"b"}},"x":1}"#, #"{"session":***,"x":1}"#),
        (#"{"cookies":[{"sid":"a"},{"b":"c"}],"x":1}"#, #"{"cookies":[***,***],"x":1}"#),
        (#"credentials: {"user": "bob", "torn": "#, "credentials: ***"),
        ("sk_live_abcdefghijklmnop and xoxb-1234567890-abc", "*** and ***"),
        ("AIzaSyA1234567890abcdefghijklmnopqrstuv used", "*** used"),
        ("SG.abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG used", "*** used"),
    ])
    func `have their secrets masked`(_ row: (line: String, masked: String)) {
        let masked = Redaction.redacted(Array(row.line.utf8).span, max: 1024)
        #expect(String(decoding: masked, as: UTF8.self) == row.masked)
    }

    @Test func `are cut at their limit`() {
        let line = [UInt8](repeating: 0x61, count: 5000)
        #expect(Redaction.redacted(line.span, max: 1024).count == 1024)
    }
}
