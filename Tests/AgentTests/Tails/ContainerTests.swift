import Agent
import Foundation
import RequestLogs
import Telemetry
import TestSupport
import Testing
import Wire

@Suite struct `A container's log` {
    /// A root in which container engines keep their files.
    private struct Engines {
        let folder: TemporaryFolder
        var root: String { folder.url.path }

        init() throws { folder = try TemporaryFolder() }

        func write(_ path: String, _ text: String) throws {
            let url = folder.url.appending(path: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            if let file = try? FileHandle(forWritingTo: url) {
                try file.seekToEnd()
                try file.write(contentsOf: Data(text.utf8))
                try file.close()
            } else {
                try Data(text.utf8).write(to: url)
            }
        }

        func docker(_ id: String, name: String, service: String = "", lines: Int = 0) throws {
            let home = "var/lib/docker/containers/\(id)"
            try write(
                "\(home)/config.v2.json",
                #"{"State":{"Running":true},"ID":"\#(id)","Config":{"Labels":{"com.docker.compose.service":"\#(service)"}},"Name":"/\#(name)"}"#
            )
            try log(id, lines)
        }

        func log(_ id: String, _ lines: Int) throws {
            let line =
                #"{"log":"10.0.0.1 - - [25/Nov/2026:10:00:00 +0000] \"GET /x HTTP/1.1\" 200 5\n","stream":"stdout","time":"2026-11-25T10:00:00Z"}"#
            try write(
                "var/lib/docker/containers/\(id)/\(id)-json.log", String(repeating: line + "\n", count: lines)
            )
        }

        func path(_ id: String) -> String { "\(root)/var/lib/docker/containers/\(id)/\(id)-json.log" }
    }

    private static func id(_ letter: String) -> String { String(repeating: letter, count: 64) }

    @Test func `is found by the container's name, a pattern, or its service of Compose`() throws {
        let engines = try Engines()
        let (a, b) = (Self.id("a"), Self.id("b"))
        try engines.docker(a, name: "shop-api-1", service: "api")
        try engines.docker(b, name: "shop-api-2", service: "api")
        let podman = Self.id("c")
        let home = "var/lib/containers/storage/overlay-containers"
        try engines.write(
            "\(home)/containers.json",
            #"[{"id":"\#(podman)","names":["db"],"image":"x"},{"id":"../..","names":["e"]}]"#)
        try engines.write("\(home)/\(podman)/userdata/ctr.log", "")
        var logs = ContainerLogs(root: engines.root)
        logs.refresh()
        #expect(logs.paths(of: "shop-api-2") == [engines.path(b)])
        #expect(logs.paths(of: "shop-*") == [engines.path(a), engines.path(b)])
        #expect(logs.paths(of: "api") == [engines.path(a), engines.path(b)])
        #expect(logs.paths(of: "db") == ["\(engines.root)/\(home)/\(podman)/userdata/ctr.log"])
        #expect(logs.paths(of: "e").isEmpty)
        try FileManager.default.removeItem(
            atPath: "\(engines.root)/var/lib/docker/containers/\(b)")
        logs.refresh()
        #expect(logs.paths(of: "api") == [engines.path(a)])
    }

    @Test(arguments: ["", "{", #"{"Name":"/"}"#, #"{"Name":"/../x"#, "\u{0}"])
    func `is none where its description is none`(_ text: String) throws {
        let engines = try Engines()
        try engines.write("var/lib/docker/containers/\(Self.id("d"))/config.v2.json", text)
        try engines.write("var/lib/containers/storage/overlay-containers/containers.json", text)
        var logs = ContainerLogs(root: engines.root)
        logs.refresh()
        #expect(logs.paths(of: "*").allSatisfy { $0.hasPrefix(engines.root) })
    }

    @Test func `goes on in that of a container made anew under the name`() throws {
        let engines = try Engines()
        let (old, new) = (Self.id("1"), Self.id("2"))
        try engines.docker(old, name: "shop", lines: 3)
        var spec = LogSpec(service: "shop", paths: [])
        spec.container = "shop"
        spec.root = engines.root
        spec.start = .beginning
        let consumer = try ServiceConsumer([spec])
        var now = TickTime(
            wall: Timestamp(milliseconds: Int64(Date().timeIntervalSince1970 * 1000)),
            bootNanoseconds: 1_000_000_000)
        let tails = TailSet(
            sources: [TailSource(name: "shop", container: "shop", root: engines.root, start: .beginning)],
            consumer: consumer, now: now)
        consumer.follows(tails)
        func requests() -> UInt64 {
            now.bootNanoseconds += 11_000_000_000
            now.wall = now.wall.advanced(byMilliseconds: 11_000)
            tails.step(at: now)
            consumer.settle()
            // Between two looks so far apart a backlog may have come, which counts when it is read.
            _ = consumer.takePast(of: 0, isBehind: tails.hasDue, at: now)
            return consumer.services[0].log.totals.requestLines
        }
        #expect(requests() == 3)
        try engines.log(old, 2)
        #expect(requests() == 5)
        try FileManager.default.removeItem(atPath: "\(engines.root)/var/lib/docker/containers/\(old)")
        try engines.docker(new, name: "shop", lines: 4)
        #expect(requests() == 9)
    }
}
