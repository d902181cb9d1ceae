import Agent
import Foundation
import Glibc
import Telemetry
import TestSupport
import Testing

/// `martlet-agent stream` without a configuration, and this process as the service whose log it finds.
@Suite(.serialized) struct `A stream to which no log is named` {
    /// A log that this process, which listens, has open for appending, and streams that may find it.
    private final class Service {
        let folder: TemporaryFolder
        let log: String
        private let file: Int32
        private let socket: Int32
        private var streams: [Process] = []

        init() throws {
            folder = try TemporaryFolder()
            log = folder.url.path + "/found.log"
            // Programs of other tests must not have them too: it would be theirs as well.
            file = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
            socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            // Without a bind the kernel takes a free port.
            guard file >= 0, socket >= 0, listen(socket, 1) == 0 else { throw POSIXError(.EIO) }
        }

        deinit {
            for stream in streams {
                kill(stream.processIdentifier, SIGKILL)
                stream.waitUntilExit()
            }
            close(file)
            close(socket)
        }

        func write(_ count: Int, to route: String = "/found") {
            let line =
                "203.0.113.9 - - [\(Self.stamp())] \"GET \(route) HTTP/1.1\" 200 12 \"-\" \"curl/8\" 0.25\n"
            let text = Array(String(repeating: line, count: count).utf8)
            #expect(Glibc.write(file, text, text.count) == text.count)
        }

        /// Now: what a stream with a state folder has not seen it reads back an hour.
        private static func stamp() -> String {
            var now = time(nil)
            var parts = tm()
            gmtime_r(&now, &parts)
            var text = [CChar](repeating: 0, count: 64)
            let count = strftime(&text, 64, "%d/%b/%Y:%H:%M:%S +0000", &parts)
            return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        }

        /// The stream's text lies in the file that comes back.
        func stream(_ words: [String] = []) throws -> (process: Process, text: String) {
            let path = folder.url.path + "/stream.\(streams.count)"
            _ = FileManager.default.createFile(atPath: path, contents: nil)
            let process = Process()
            process.executableURL = URL(filePath: try #require(Program.built("martlet-agent")))
            process.arguments = ["stream", "--processes", "0", "--text"] + words
            // Without the agent.conf of whoever runs this.
            process.environment = ["MARTLET_CONFIG": folder.url.path, "PATH": "/usr/bin:/bin"]
            process.standardInput = Pipe()
            process.standardOutput = try FileHandle(forWritingTo: URL(filePath: path))
            try process.run()
            streams.append(process)
            return (process, path)
        }

        /// The last that a stream's text says of requests of a route; nil where it says nothing.
        func requests(_ path: String, route: String = "/found") -> Int? {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").last {
                $0.contains("martlet_http_requests_total") && $0.contains("route=\"\(route)\"")
            }
            return line?.split(separator: " ").last.flatMap { Int($0) }
        }

        /// Whether the stream follows this process's log: its service is told with the first tick after that.
        func isFollowed(_ path: String) -> Bool {
            (try? String(contentsOfFile: path, encoding: .utf8))?.contains("martlet_log_lag_bytes") == true
        }
    }

    @Test func `finds the log of a program that listens, reads it back and counts on`() throws {
        let service = try Service()
        service.write(7, to: "/before")
        let (_, text) = try service.stream()
        try #require(Eventually.holds { service.isFollowed(text) })
        // Other tests' logs may be found in the same look; ours is among them or comes with the same tick.
        service.write(41)
        #expect(Eventually.holds { service.requests(text) == 41 })
        service.write(9)
        #expect(Eventually.holds { service.requests(text) == 50 })
        #expect(service.requests(text, route: "/before") == 7)
    }

    @Test func `goes on where the last one with its state folder stood`() throws {
        let service = try Service()
        let state = service.folder.url.path + "/state"
        let (first, text) = try service.stream(["--state", state])
        try #require(Eventually.holds { service.isFollowed(text) })
        service.write(30)
        #expect(Eventually.holds { service.requests(text) == 30 })
        first.terminate()
        first.waitUntilExit()
        service.write(12)
        let (_, next) = try service.stream(["--state", state])
        #expect(Eventually.holds { service.requests(next) == 42 })
    }

    @Test func `finds none where that is switched off`() throws {
        let service = try Service()
        service.write(5)
        let (_, text) = try service.stream(["--no-discover", "--ticks", "5"])
        #expect(
            Eventually.holds {
                (try? String(contentsOfFile: text, encoding: .utf8))?.contains("goodbye") == true
            })
        #expect(!service.isFollowed(text))
    }
}

@Suite struct `The pace of looks for logs` {
    private static let second: UInt64 = 1_000_000_000

    @Test func `begins a second after the start and rests ten thousand times what a look cost`() {
        var pace = DiscoveryPace()
        var begun: [UInt64] = []
        for tenth in UInt64(0)..<20_000 {
            let boot = tenth * Self.second / 10
            guard pace.begins(at: boot, ask: { 7 }) else { continue }
            begun.append(tenth)
            pace.ended(at: boot, cpuNanoseconds: 20_000_000)
        }
        #expect(begun.prefix(4) == [10, 2010, 4010, 6010])
    }

    @Test func `is quicker where other sockets listen, by what a look cost`() {
        var pace = DiscoveryPace()
        var listeners: UInt64 = 1
        var begun: [UInt64] = []
        for second in UInt64(0)..<200 {
            if second == 60 { listeners = 2 }
            guard pace.begins(at: second * Self.second, ask: { listeners }) else { continue }
            begun.append(second)
            pace.ended(at: second * Self.second, cpuNanoseconds: 20_000_000)
        }
        #expect(begun.count == 2)
        #expect((60...70).contains(begun.last ?? 0))
    }

    @Test func `gives up a look that takes half a minute, and asks for none meanwhile`() {
        var pace = DiscoveryPace()
        #expect(!pace.begins(at: 0) { 1 })
        #expect(pace.begins(at: Self.second) { 1 })
        #expect(!pace.begins(at: 29 * Self.second) { 2 })
        #expect(!pace.isOverdue(at: 30 * Self.second))
        #expect(pace.isOverdue(at: 31 * Self.second))
    }
}

@Suite struct `A proposal of discover` {
    @Test func `is logs to follow, and what must be done for others`() {
        let text = """
            # What martlet-agent discover proposes for agent.conf.

            # /var/log/nginx/access.log: permission denied: me is not in group adm of it; run usermod -aG adm me

            # /var/log/other.log: not followed: no format reads most of it

            [log shop]
            # nginx, 100 % sure
            path = /srv/shop.log
            format = auto
            service = shop

            """
        let proposal = DiscoveryProposal(Array(text.utf8), AgentPaths(rootfs: "/host"))
        #expect(proposal.specs.map(\.service) == ["shop"])
        #expect(proposal.specs.map(\.paths) == [["/host/srv/shop.log"]])
        #expect(proposal.closed.map(\.name) == ["/var/log/nginx/access.log"])
        #expect(
            proposal.closed.map(\.value) == [
                "permission denied: me is not in group adm of it; run usermod -aG adm me"
            ])
    }

    @Test(arguments: ["", "\n\u{0}\u{1}", "[log x]\npath", "[log x]\n", "# /"])
    func `is nothing where it is none`(_ text: String) {
        let proposal = DiscoveryProposal(Array(text.utf8), AgentPaths())
        #expect(proposal.specs.isEmpty)
        #expect(proposal.closed.isEmpty)
    }
}
