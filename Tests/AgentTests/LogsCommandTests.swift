import Agent
import Foundation
import RequestLogs
import TestSupport
import Testing

@Suite struct `The logs command` {
    @Test func `takes files, a format, routes and checks`() throws {
        let words = [
            "logs", "a.log", "-", "--format=nginx", "-o", "json", "--route", "/a/:b", "--ignore=GET /healthz",
            "--zone", "-03:30", "--explain",
        ]
        guard case .logs(let options) = try AgentArguments.parse(words).command else {
            Issue.record("not the logs command")
            return
        }
        #expect(options.paths == ["a.log", "-"])
        #expect(options.format == "nginx")
        #expect(options.output == .json)
        #expect(options.routes.map(\.text) == ["/a/:b"])
        #expect(options.ignored.count == 1)
        #expect(options.zone == ZoneRules(seconds: -12_600))
        #expect(options.explains)
    }

    @Test(arguments: [
        ["logs", "a.log", "-ojson"], ["logs", "-o=json", "a.log"], ["logs", "--output=json", "a.log"],
        ["logs", "a.log", "-o", "json"],
    ])
    func `takes a value wherever it may stand`(_ words: [String]) throws {
        guard case .logs(let options) = try AgentArguments.parse(words).command else {
            Issue.record("not the logs command")
            return
        }
        #expect(options.output == .json)
        #expect(options.paths == ["a.log"])
        #expect(try AgentArguments.parse(["discover", "-ojson"]).discovery == .json)
        #expect(try AgentArguments.parse(["check", "-ojson"]).command == .check(path: nil, isJSON: true))
        #expect(
            try AgentArguments.parse(["check", "-o=table", "x"]).command == .check(path: "x", isJSON: false))
    }

    @Test(arguments: [
        (["logs"], "name the files"), (["check", "-o"], "table or json"),
        (["logs", "x", "--format", "nosuch"], "not known"),
        (["logs", "x", "-o", "xml"], "table, json, jsonl or csv"),
        (["logs", "x", "--route", "x"], "write a path"),
        (["logs", "x", "--ignore", "/x"], "a method or *"),
        (["logs", "x", "--zone", "Nowhere/At-All"], "distance to UTC"),
        (["logs", "x", "--what"], "unknown flag"), (["logs", "x", "--format"], "a value is missing"),
    ])
    func `says what is wrong with its words`(_ words: [String], _ reason: String) {
        do {
            _ = try AgentArguments.parse(words)
            Issue.record("\(words) were taken")
        } catch {
            #expect(error.description.contains(reason), "\(error)")
        }
    }

    @Test func `reads plain files, gzip members and standard input alike`() throws {
        guard let agent = Program.built("martlet-agent"), let gzip = Program.find("gzip") else {
            print("skipped: martlet-agent or gzip is not there")
            return
        }
        let folder = try TemporaryFolder()
        let line =
            #"1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] "GET /items/7 HTTP/1.1" 200 5 "-" "-" 1500"# + "\n"
        let log = Data(String(repeating: line, count: 10_000).utf8)
        let plain = folder.url.appending(path: "access.log")
        try log.write(to: plain)
        let packed = try Program.run(gzip, ["-k", plain.path])
        #expect(packed.status == 0)
        let gz = plain.path + ".gz"
        let twice = folder.url.appending(path: "twice.gz")
        let member = try Data(contentsOf: URL(filePath: gz))
        try (member + member).write(to: twice)
        let cut = folder.url.appending(path: "cut.gz")
        try member.prefix(member.count / 2).write(to: cut)
        for (words, count) in [
            ([plain.path], 10_000), ([gz], 10_000), ([twice.path], 20_000), ([plain.path, gz], 20_000),
        ] {
            let result = try Program.run(agent, ["logs", "-o", "json"] + words)
            #expect(result.status == 0)
            #expect(result.output.contains("\"requests\":\(count),"), "\(result.output)")
        }
        if let zstd = Program.find("zstd") {
            let zst = plain.path + ".zst"
            #expect(try Program.run(zstd, ["-q", "--no-check", plain.path]).status == 0)
            let result = try Program.run(agent, ["logs", "-ojson", zst])
            #expect(result.output.contains("\"requests\":10000,"), "\(result.output)")
            let frame = try Data(contentsOf: URL(filePath: zst))
            let packed = try Program.run(agent, ["logs", "-ojson", "-"], input: frame + frame)
            #expect(packed.output.contains("\"requests\":20000,"), "\(packed.output)")
            let torn = try Program.run(agent, ["logs", "-ojson", "-"], input: frame.prefix(frame.count / 2))
            #expect(torn.errors.contains("damaged or cut off"))
        } else {
            print("skipped: zstd is not there")
        }
        let input = try Program.run(agent, ["logs", "-o", "json", "-"], input: log)
        #expect(input.output.contains("\"requests\":10000,"))
        let damaged = try Program.run(agent, ["logs", "-o", "json", cut.path])
        #expect(damaged.errors.contains("damaged or cut off"))
        #expect(damaged.status == 65)
        #expect(damaged.output.contains("\"200\":"))
    }

    @Test func `prints a line or a row for each route, and for each kind of message where there are none`()
        throws
    {
        guard let agent = Program.built("martlet-agent") else {
            print("skipped: martlet-agent is not there")
            return
        }
        let requests = ["/cart", "/cart", "/a,b"].map {
            "192.0.2.7 - - [22/Nov/2026:08:09:25 +0000] \"GET \($0) HTTP/1.1\" 500 5 \"-\" \"-\"\n"
        }.joined()
        let errors = """
            2026/11/22 08:09:25 [error] 7#7: *1 open() "/srv/a" failed (2: No such file or directory)
            2026/11/22 08:09:26 [error] 7#7: *2 open() "/srv/a" failed (2: No such file or directory)

            """
        func run(_ words: [String], _ log: String) throws -> String {
            let result = try Program.run(agent, ["logs"] + words + ["-"], input: Data(log.utf8))
            #expect(result.status == 0, "\(result)")
            return result.output
        }
        #expect(
            try run(["-o", "csv"], requests) == """
                method,route,requests,errors,p50,p90,p99,max
                GET,/cart,2,2,,,,
                GET,"/a,b",1,1,,,,

                """)
        let lines = try run(["-o", "jsonl"], requests).split(separator: "\n")
        #expect(lines.count == 2)
        #expect(
            lines.first
                == #"{"method":"GET","route":"/cart","requests":2,"errors":2,"p50":null,"p90":null,"p99":null,"max":null}"#
        )
        let kinds = try run(["-o", "csv", "--format", "nginx-error"], errors).split(separator: "\n")
        #expect(kinds.first == "severity,count,text" && kinds.count == 2)
        #expect(kinds.last?.hasPrefix("error,2,") == true, "\(kinds)")
    }

    @Test func `counts what it can where a log is empty, and one line is far too long`() throws {
        guard let agent = Program.built("martlet-agent") else {
            print("skipped: martlet-agent is not there")
            return
        }
        let folder = try TemporaryFolder()
        let empty = folder.url.appending(path: "empty.log")
        try Data().write(to: empty)
        let nothing = try Program.run(agent, ["logs", "-o", "json", empty.path])
        #expect(nothing.status == 0)
        #expect(nothing.errors.contains("is empty"))
        #expect(nothing.output.hasPrefix(#"{"format":null,"requests":0,"#), "\(nothing.output)")
        let line =
            #"1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] "GET /items/7 HTTP/1.1" 200 5 "-" "-" 1500"# + "\n"
        let long = folder.url.appending(path: "long.log")
        let log = Data(line.utf8) + Data(repeating: 0x78, count: 3 << 20) + Data(("\n" + line).utf8)
        try log.write(to: long)
        let result = try Program.run(agent, ["logs", "-o", "json", long.path, empty.path])
        #expect(result.status == 0)
        #expect(result.output.contains("\"requests\":2,"), "\(result.output)")
        #expect(result.output.contains("\"too_long\":1"), "\(result.output)")
    }

    @Test func `passes over what a log begins with and what is none of its lines`() throws {
        guard let agent = Program.built("martlet-agent") else {
            print("skipped: martlet-agent is not there")
            return
        }
        let folder = try TemporaryFolder()
        let line =
            #"1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] "GET /items/7 HTTP/1.1" 200 5 "-" "-" 1500"# + "\n"
        let garbage =
            Data([0, 0, 0, 0x0A, 0xFF, 0xFE, 0x0A]) + Data(repeating: 0x78, count: 3 << 20) + Data([0x0A])
        let lines = Data(String(repeating: line, count: 5000).utf8)
        let log = folder.url.appending(path: "late.log")
        try (garbage + lines).write(to: log)
        let result = try Program.run(agent, ["logs", "-o", "json", log.path])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("\"requests\":5000,"), "\(result.output)")
        #expect(result.output.contains(#""by_reason":{"nul":1,"too_long":1}"#), "\(result.output)")
        // Where nothing follows either, it is said once, of the log's begin.
        try garbage.write(to: log)
        let nothing = try Program.run(agent, ["logs", "-o", "json", log.path])
        #expect(nothing.status == 65)
        #expect(nothing.errors.contains("no known format reads this log"))
        #expect(nothing.output.isEmpty)
    }

    @Test func `says so when a log is not as it was told, and keeps secrets out of JSON`() throws {
        guard let agent = Program.built("martlet-agent") else {
            print("skipped: martlet-agent is not there")
            return
        }
        let folder = try TemporaryFolder()
        let log = folder.url.appending(path: "access.log")
        let line =
            #"1.2.3.4 - - [22/Nov/2026:08:09:25 +0000] "GET /items/7?token=s3cr3t HTTP/1.1" 200 5 "-" "-""#
            + "\n"
        try Data(line.utf8).write(to: log)
        let wrong = try Program.run(
            agent,
            [
                "logs", "-o", "json", "--explain", "--format",
                #"nginx:$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent $request_time"#,
                log.path,
            ])
        #expect(wrong.output.split(separator: "\n").count == 1 && !wrong.output.contains("s3cr3t"))
        #expect(wrong.errors.contains("nginx:combined: reads this line"), "\(wrong.errors)")
        let named = try Program.run(agent, ["logs", "--format", "postgresql", log.path])
        #expect(named.status == 65)
        #expect(named.errors.contains("postgresql does not read this log"), "\(named.errors)")
        let none = try Program.run(agent, ["logs", "--format", "nginx:$status $request", log.path])
        #expect(none.status == 65 && none.errors.contains("no line is as nginx:$status $request says"))
        try Data([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0]).write(to: log)
        let packed = try Program.run(agent, ["logs", log.path])
        #expect(packed.status == 65 && packed.errors.contains("`xzcat \(log.path) | martlet-agent logs -`"))
    }

    @Test func `tells of what it cannot read`() throws {
        guard let agent = Program.built("martlet-agent") else {
            print("skipped: martlet-agent is not there")
            return
        }
        let folder = try TemporaryFolder()
        let missing = try Program.run(agent, ["logs", "/nonexistent/access.log"])
        #expect(missing.status == 66)
        #expect(missing.errors.contains("No such file"))
        let directory = try Program.run(agent, ["logs", folder.url.path])
        #expect(directory.status == 66)
        #expect(directory.errors.contains("is a folder"))
        let prose = folder.url.appending(path: "prose.log")
        try Data("nothing here\nis a request\n".utf8).write(to: prose)
        let unknown = try Program.run(agent, ["logs", prose.path])
        #expect(unknown.status == 65)
        #expect(unknown.errors.contains("name its format: --format"))
        #expect(unknown.errors.contains("no known format"))
    }
}
