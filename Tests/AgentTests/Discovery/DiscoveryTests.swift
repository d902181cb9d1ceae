import Agent
import Foundation
import TestSupport
import Testing

@Suite struct `What discover finds` {
    private static let container = String(repeating: "ab12", count: 16)

    /// A host with nginx on port 80 and its logs, of which one is deleted, and a container that logs through Docker.
    private struct Host {
        let folder: TemporaryFolder
        let paths: AgentPaths

        init() throws {
            folder = try TemporaryFolder()
            paths = AgentPaths(
                procfs: folder.url.appending(path: "proc").path,
                rootfs: folder.url.appending(path: "root").path)
            try write(
                paths.proc("net/tcp"),
                """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 41802 1
                   1: 0100007F:0050 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 41803 1
                   2: torn
                """)
            try write(paths.proc("77/comm"), "nginx\n")
            try write(paths.proc("77/cgroup"), "0::/system.slice/nginx.service\n")
            try link("77/fd/3", "socket:[41802]")
            try open(4, "/var/log/nginx/access.log", flags: "0102001")
            try open(5, "/srv/old.log (deleted)", flags: "0102001")
            try open(6, "/srv/only-read.log", flags: "0100000")
            let line =
                "192.0.2.7 - - [25/Nov/2026:10:00:00 +0000] \"GET /items/7 HTTP/1.1\" 200 512 \"-\" \"curl/8\"\n"
            try write(paths.root("/var/log/nginx/access.log"), String(repeating: line, count: 40))
            try write(paths.root("/srv/only-read.log"), String(repeating: line, count: 40))
            let id = `What discover finds`.container
            let home = "/var/lib/docker/containers/\(id)"
            try write(paths.root("\(home)/config.v2.json"), "{\"ID\":\"\(id)\",\"Name\":\"/shop\"}")
            let escaped = line.dropLast().replacingOccurrences(of: "\"", with: "\\\"")
            let docker =
                "{\"log\":\"\(escaped)\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-25T10:00:00.000000000Z\"}\n"
            try write(paths.root("\(home)/\(id)-json.log"), String(repeating: docker, count: 40))
        }

        func write(_ path: String, _ text: String) throws {
            let url = URL(filePath: path)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: url)
        }

        func link(_ name: String, _ target: String) throws {
            let url = URL(filePath: paths.proc(name))
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.createSymbolicLink(atPath: url.path, withDestinationPath: target)
        }

        func open(_ descriptor: Int, _ target: String, flags: String, process: Int = 77) throws {
            try link("\(process)/fd/\(descriptor)", target)
            try write(
                paths.proc("\(process)/fdinfo/\(descriptor)"), "pos:\t0\nflags:\t\(flags)\nmnt_id:\t1\n")
        }
    }

    @Test func `is the program that listens, by its unit and port`() throws {
        let host = try Host()
        let found = Discovery(host.paths)
        #expect(found.programs.map(\.name) == ["nginx"])
        #expect(found.programs.map(\.owner) == ["nginx.service"])
        #expect(found.programs.map(\.ports) == [[80]])
    }

    @Test func `is each log that is written, with its format, and a deleted one by name`() throws {
        let host = try Host()
        let found = Discovery(host.paths)
        let access = try #require(found.logs.first { $0.path == "/var/log/nginx/access.log" })
        #expect(access.service == "nginx")
        #expect(access.isFollowed)
        let old = try #require(found.logs.first { $0.path == "/srv/old.log" })
        #expect(old.isDeleted)
        #expect(!old.isFollowed)
        #expect(!found.logs.contains { $0.path == "/srv/only-read.log" })
    }

    @Test func `is what an agent without a configuration follows, a container by its name`() throws {
        let host = try Host()
        let specs = Discovery.logs(host.paths)
        #expect(specs.map(\.service) == ["nginx", "shop"])
        #expect(specs.first?.paths == [host.paths.root("/var/log/nginx/access.log")])
    }

    @Test func `is proposed as sections of agent.conf`() throws {
        let host = try Host()
        let text = DiscoveryText.text(Discovery(host.paths), .conf)
        #expect(text.contains("\n[log nginx]\n"))
        #expect(text.contains("\npath = /var/log/nginx/access.log\nformat = auto\nservice = nginx\n"))
        #expect(text.contains("\n[log shop]\n"))
        #expect(!text.contains("/srv/old.log"))
    }

    @Test func `is followed though one service is called as another's second log would be`() throws {
        let host = try Host()
        for number in 7...9 {
            try host.open(number, "/srv/\(number).log", flags: "0102001")
            try host.write(host.paths.root("/srv/\(number).log"), "")
        }
        try host.write(host.paths.proc("78/comm"), "nginx-2\n")
        try host.write(host.paths.proc("78/cgroup"), "0::/system.slice/nginx-2.service\n")
        try host.open(4, "/srv/second.log", flags: "0102001", process: 78)
        try host.write(host.paths.root("/srv/second.log"), "")
        let services = Discovery.logs(host.paths).map(\.service)
        #expect(services.sorted() == ["nginx", "nginx", "nginx", "nginx", "nginx-2", "shop"])
    }

    @Test func `is followed while it is empty, and left out where no service writes it`() throws {
        let host = try Host()
        try host.write(host.paths.root("/var/log/nginx/access.log"), "")
        try host.write(host.paths.proc("78/comm"), "cc\n")
        try host.open(1, "/srv/build.log", flags: "0100001", process: 78)
        try host.write(host.paths.root("/srv/build.log"), "compiling a.c\ncompiling b.c\ncompiling c.c\n")
        let found = Discovery(host.paths)
        #expect(found.logs.first { $0.path == "/var/log/nginx/access.log" }?.isFollowed == true)
        #expect(!found.logs.contains { $0.path == "/srv/build.log" })
        #expect(found.noise == 1)
        #expect(found.programs.map(\.name) == ["nginx"])
        let text = DiscoveryText.text(found, .table)
        #expect(text.contains("empty; followed"))
        #expect(text.contains("1 files are left out"))
    }

    @Test func `is a container by its name, so that one made anew is followed too`() throws {
        let host = try Host()
        let specs = Discovery.logs(host.paths)
        let shop = try #require(specs.first { $0.service == "shop" })
        #expect(shop.container == "shop")
        #expect(shop.paths.isEmpty)
        #expect(DiscoveryText.text(Discovery(host.paths), .conf).contains("\ndocker = shop\nformat = auto\n"))
    }

    @Test func `is JSON for scripts`() throws {
        let host = try Host()
        let text = DiscoveryText.text(Discovery(host.paths), .json)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect((object["logs"] as? [Any])?.count == 3)
        #expect((object["programs"] as? [Any])?.count == 1)
    }

    @Test func `is nothing where there is nothing`() throws {
        let folder = try TemporaryFolder()
        let paths = AgentPaths(procfs: folder.url.path, rootfs: folder.url.path)
        #expect(Discovery(paths).logs.isEmpty)
        #expect(DiscoveryText.text(Discovery(paths), .table).contains("no log was found"))
    }
}
