import Agent
import Foundation
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `A text file of series` {
    private func read(_ text: String) throws(TextfileError) -> [String] {
        try Textfile.samples(Array(text.utf8)).map { sample in
            "\(Exposition.name(of: sample.definition.key)) \(sample.definition.type) \(Exposition.number(sample.value))"
        }
    }

    @Test func `gives its samples with the types that it names`() throws {
        let text = """
            # HELP backup_age_seconds Since the last backup.
            # TYPE backup_age_seconds gauge
            backup_age_seconds{name="a \\"b\\" \\\\ c",} 12.5

            # TYPE jobs_total counter
            jobs_total 3e2
              other:metric { x = "1" , y="2\\n" }   +Inf
            # TYPE wait_seconds histogram
            wait_seconds_bucket{le="+Inf"} 2
            wait_seconds_sum -0.5
            # a remark
            bad NaN

            """
        let expected = [
            #"backup_age_seconds{name="a \"b\" \\ c"} gauge 12.5"#, "jobs_total counter 300",
            #"other:metric{x="1",y="2\n"} untyped +Inf"#, #"wait_seconds_bucket{le="+Inf"} counter 2"#,
            "wait_seconds_sum counter -0.5", "bad untyped NaN",
        ]
        #expect(try read(text) == expected)
    }

    @Test(arguments: [
        ("a 1 1395066363000\n", "line 1: a timestamp, which is not taken here"),
        ("a 1\nb\n", "line 2: no number behind the name"),
        ("a 1\n9 2\n", "line 2: no name"),
        ("a{b=\"1\"\n", "line 1: no } behind the labels"),
        ("a{b=\"1} 2\n", "line 1: a quoted value has no end"),
        ("a{b=\"\\t\"} 2\n", "line 1: an unknown escape in a label"),
        ("a{b=\"1\",b=\"2\"} 2\n", "line 1: a label twice, or more than 32"),
        ("a{b 1} 2\n", "line 1: no = behind the label b"),
        ("# TYPE a number\n", "line 1: unknown type"),
        ("a 1\nb 2", "the last line has no end: is it still being written?"),
    ])
    func `with an error is refused with its place`(_ text: String, _ reason: String) {
        let error = #expect(throws: TextfileError.self) { try read(text) }
        #expect(error?.description == reason)
    }

    @Test func `of any bytes gives samples or an error`() {
        var random = SeededRandom(seed: 20_261_125)
        let good = Array("# TYPE a gauge\na{b=\"c\\n\",d=\"e\"} 1.5\nx_total 4\n".utf8)
        for _ in 0..<3000 {
            var bytes = good
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = .random(in: 0...255, using: &random)
            }
            bytes.removeLast(Int.random(in: 0...bytes.count, using: &random))
            bytes.append(0x0A)
            do throws(TextfileError) {
                #expect(try Textfile.samples(bytes).count <= 3)
            } catch {
                #expect(!error.reason.isEmpty)
            }
        }
    }
}

@Suite struct `The collector of text files` {
    private final class Folder {
        let folder: TemporaryFolder
        let reader = PatientReader()
        let probe: TextfileProbe
        let bench: ProbeBench

        init(others: [String] = []) throws {
            folder = try TemporaryFolder()
            probe = TextfileProbe([folder.url.path] + others, reader)
            bench = ProbeBench([probe])
        }

        func write(_ name: String, _ text: String) throws {
            try Data(text.utf8).write(to: folder.url.appending(path: name))
        }

        /// Starts the next round, waits for its answers without moving the clock, and gives what is shown then.
        func round() throws -> [String: Double] {
            bench.move(seconds: 20)
            try bench.tick()
            #expect(
                Eventually.holds(within: 10) {
                    reader.readable()
                    return reader.isIdle
                })
            return try bench.tick()
        }

        func modified(_ name: String) -> String {
            "node_textfile_mtime_seconds{file=\"\(folder.url.path)/\(name)\"}"
        }
    }

    @Test func `reads every *.prom of a folder, and follows what changes`() throws {
        let folder = try Folder()
        try folder.write("a.prom", "jobs{queue=\"x\"} 4\n")
        try folder.write("b.prom", "backup_age_seconds 7\n")
        try folder.write("c.txt", "not_taken 1\n")
        var samples = try folder.round()
        #expect(samples["jobs{queue=\"x\"}"] == 4 && samples["backup_age_seconds"] == 7)
        #expect(samples["node_textfile_scrape_error"] == 0)
        #expect(samples[folder.modified("a.prom")].map { $0 > 1_500_000_000 } == true)
        #expect(samples.count == 5)
        try folder.write("a.prom", "jobs{queue=\"x\"} 5\njobs{queue=\"y\"} 6\n")
        try FileManager.default.removeItem(at: folder.folder.url.appending(path: "b.prom"))
        samples = try folder.round()
        #expect(samples["jobs{queue=\"x\"}"] == 5 && samples["jobs{queue=\"y\"}"] == 6)
        #expect(samples.count == 4)
    }

    @Test func `refuses a file with an error and takes the others`() throws {
        let folder = try Folder()
        folder.probe.isTaken = { $0 == "node_load1" }
        try folder.write("a.prom", "a 1\n")
        try folder.write("b.prom", "b 1 1395066363000\n")
        try folder.write("c.prom", "a 2\n")
        try folder.write("d.prom", "node_load1 2\n")
        try folder.write("e.prom", "e 3\n")
        try folder.write("f.prom", String(repeating: "#\n", count: 1 << 17))
        #expect(mkfifo(folder.folder.url.appending(path: "g.prom").path, 0o600) == 0)
        let samples = try folder.round()
        #expect(samples["a"] == 1 && samples["e"] == 3)
        #expect(samples["node_textfile_scrape_error"] == 1)
        #expect(
            Set(samples.keys) == [
                "a", "e", "node_textfile_scrape_error", folder.modified("a.prom"), folder.modified("e.prom"),
            ])
    }

    @Test func `keeps the series of a file that cannot be taken any more, without values, until it is gone`()
        throws
    {
        let folder = try Folder()
        let text = "a 1\na_more 2\n"
        try folder.write("a.prom", text)
        try folder.write("b.prom", "b 1\n")
        #expect(try folder.round().count == 6)
        try folder.write("a.prom", "a 1\na_mo")
        var samples = try folder.round()
        #expect(Set(samples.keys) == ["b", "node_textfile_scrape_error", folder.modified("b.prom")])
        #expect(Set(folder.bench.known.values).isSuperset(of: ["a", "a_more", folder.modified("a.prom")]))
        try folder.write("a.prom", "a 3\n")
        samples = try folder.round()
        #expect(samples["a"] == 3 && samples["node_textfile_scrape_error"] == 0)
        #expect(!folder.bench.known.values.contains("a_more"))
        try folder.write("a.prom", "a")
        _ = try folder.round()
        #expect(folder.bench.known.values.contains("a"))
        try FileManager.default.removeItem(at: folder.folder.url.appending(path: "a.prom"))
        _ = try folder.round()
        #expect(!folder.bench.known.values.contains("a"))
    }

    @Test func `keeps the series of a folder that cannot be listed, without values`() throws {
        let other = try TemporaryFolder()
        let path = other.url.appending(path: "lost").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        try Data("c 1\n".utf8).write(to: URL(filePath: "\(path)/c.prom"))
        let folder = try Folder(others: [path])
        #expect(try folder.round()["c"] == 1)
        try FileManager.default.removeItem(atPath: path)
        let samples = try folder.round()
        #expect(samples == ["node_textfile_scrape_error": 1])
        #expect(folder.bench.known.values.contains("c"))
    }

    @Test func `says of a folder that is not there that it failed`() throws {
        let folder = try Folder(others: ["/nowhere/at/all"])
        try folder.write("a.prom", "a 1\n")
        let samples = try folder.round()
        #expect(samples["a"] == 1 && samples["node_textfile_scrape_error"] == 1)
    }

    @Test func `has nothing failed where there is no folder to look into`() throws {
        let bench = ProbeBench([TextfileProbe([], PatientReader())])
        #expect(try bench.tick() == ["node_textfile_scrape_error": 0])
        #expect(try bench.tick() == [:])
        bench.move(seconds: 20)
        #expect(try bench.tick() == ["node_textfile_scrape_error": 0])
    }

    @Test func `is in a single scrape`() throws {
        let agent = try #require(Program.built("martlet-agent"))
        let folder = try TemporaryFolder()
        try Data("jobs 4\n".utf8).write(to: folder.url.appending(path: "a.prom"))
        let words = ["metrics", "--format", "prometheus", "--collector.textfile.directory", folder.url.path]
        let lines = try Program.run(agent, words).output.split(separator: "\n")
        #expect(lines.contains("jobs 4") && lines.contains("node_textfile_scrape_error 0"))
        #expect(
            lines.contains {
                $0.hasPrefix("node_textfile_mtime_seconds{file=\"\(folder.url.path)/a.prom\"} ")
            })
    }
}
