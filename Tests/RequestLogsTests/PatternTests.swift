import RequestLogs
import Testing

/// Patterns as docs/agent-conf.md has them, and formats that must be refused.
@Suite struct `A format of the user's own` {
    @Test(arguments: [
        "{time} {level} [{_}] {method} {path} -> {status} in {duration_ms} ms",
        "{time} {level} [{_}] {message}",
        #"{client} "{request}" {status} {bytes} {duration_s}"#, "{time:%d.%m.%Y %H:%M:%S} {message}",
        "{{{path}}}",
    ])
    func `is taken`(_ pattern: String) throws {
        _ = try LogFormats.choice("pattern:\(pattern)")
    }

    @Test(arguments: [
        ("pattern:{method}{path}", "text between"), ("pattern:{verb} {path}", "verb"),
        ("pattern:{path} {path}", "twice"),
        ("pattern:no field", "no field"), ("pattern:{path", "without its }"), ("nosuch", "not known"),
        ("nosuch:%h", "not known"),
        ("apache:%h%u", "text between"), ("nginx:$", "name"), ("json:status", "FIELD=NAME"),
        ("gunicorn:%(h", "without"),
    ])
    func `is refused with the reason`(_ text: String, _ reason: String) {
        do {
            _ = try LogFormats.choice(text)
            Issue.record("\(text) was taken")
        } catch {
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test func `tells the column of the first character that does not fit`() throws {
        let outcome = try #require(
            try Reading.read(
                #"h - - [22/Nov/2026:08:09:25 +0000] "GET / HTTP/1.1" abc 5"# + "\n", "apache:common"))
        #expect(outcome.summary.unparsed.count == 1)
        #expect(outcome.summary.unparsed.first.first?.column == 53)
    }
}
