import Fleet
import Foundation
import Glibc
import Hub
import HubClient
import Logging
import Synchronization
import Telemetry
import TestSupport
import Testing

/// A hub in a folder of its own, for as long as a test's body runs.
private struct RunningHub {
    let options: HubOptions
    let folder: TemporaryFolder
    let client: HubClient

    static func with(
        hosts: [String] = [], agent: StandIn? = nil, lingerMilliseconds: Int64? = nil,
        isGroupOpen: Bool = false, _ body: (RunningHub) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        var options = HubOptions(
            folders: try HubFolders(
                environment: ["XDG_STATE_HOME": folder.url.path], isGroupOpen: isGroupOpen,
                shared: "\(folder.url.path)/shared"))
        options.isGroupOpen = isGroupOpen
        options.hosts = hosts
        options.agent = agent?.path
        options.lingerMilliseconds = lingerMilliseconds
        let client = HubClient(socketPath: options.folders.socket)
        let hub = RunningHub(options: options, folder: folder, client: client)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [options] in try await HubServer(options, logger: quiet).run() }
            #expect(await Eventually.comes { await client.isAlive() })
            try await body(hub)
            tasks.cancelAll()
        }
    }

    /// Follows the hosts' states until they satisfy `condition`.
    func follow(until condition: @escaping @Sendable ([HostSummary]) async -> Bool) async {
        let client = client
        let following = Task {
            try await client.states { summaries in
                if await condition(summaries) { withUnsafeCurrentTask { $0?.cancel() } }
            }
        }
        _ = await following.result
    }

    static func folders(in folder: TemporaryFolder) throws(HubError) -> HubFolders {
        try HubFolders(environment: ["XDG_STATE_HOME": folder.url.path])
    }

    static let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    /// What curl(1) gets: the status and the body. On a thread of its own: the hub runs on those of this process.
    func get(
        _ path: String, _ more: [String] = [], behind words: [String] = []
    ) async throws -> (status: Int, body: String) {
        let arguments =
            ["-s", "-m", "30", "-w", "\n%{http_code}", "--unix-socket", options.folders.socket] + more
            + ["http://hub\(path)"]
        let output = try await withCheckedThrowingContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(
                    with: Result { try Program.run("/usr/bin/env", words + ["curl"] + arguments).output })
            }
        }
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        return (Int(lines.last ?? "") ?? 0, lines.dropLast().joined(separator: "\n"))
    }
}

/// Whether curl(1) is here; where it is not, the tests that speak HTTP by hand say so and end.
private func hasCurl() -> Bool {
    if Program.find("curl") != nil { return true }
    print("skipped: curl is not installed")
    return false
}

@Suite(.timeLimit(.minutes(3))) struct `A running hub` {
    private static func agent(ticks: Int = 3) throws -> StandIn {
        var agent = InventedAgent([SeriesKey("node_load1")], type: .gauge)
        let start = InventedAgent.now.advanced(byMilliseconds: -1000 * Int64(ticks))
        let frames = (0..<ticks).flatMap {
            agent.tick(start.advanced(byMilliseconds: Int64($0) * 1000), [Double($0)])
        }
        return try StandIn(in: try TemporaryFolder(), frames: InventedAgent.hello() + frames)
    }

    @Test func `watches this machine where it is given no host`() async throws {
        try await RunningHub.with(agent: try Self.agent()) { (hub) async throws in
            // It says nothing more, so it may be stale by the time we hear of it.
            await hub.follow { $0.first?.lastFrame != nil }
            #expect(try await hub.client.hosts().map(\.host) == [SourceCommand.localName])
        }
    }

    @Test func `may stand without a host, and takes some later`() async throws {
        try await RunningHub.with { (hub) async throws in
            #expect(try await hub.client.hosts() == [])
            let error = await #expect(throws: HubClientError.self) { try await hub.client.addHosts([]) }
            #expect(error?.description.contains("make agent") == true)
            let summaries = try await hub.client.addHosts(["no.such.host.invalid", "another.invalid"])
            #expect(summaries.map(\.host) == ["no.such.host.invalid", "another.invalid"])
            #expect(summaries.map(\.source) == ["ssh no.such.host.invalid", "ssh another.invalid"])
            // Again is no harm; a bad name leaves the list as it is.
            #expect(try await hub.client.addHosts(["another.invalid"]).map(\.host) == ["another.invalid"])
            let refusal = await #expect(throws: HubClientError.self) {
                try await hub.client.addHosts(["third.invalid", "-oProxyCommand=x"])
            }
            #expect(refusal?.description.contains("-oProxyCommand=x") == true)
            #expect(try await hub.client.hosts().count == 2)
        }
    }

    @Test func `takes the hosts that are names, and leaves the others out`() async throws {
        try await RunningHub.with(hosts: ["a b", "web1.invalid"]) { (hub) async throws in
            #expect(try await hub.client.hosts().map(\.host) == ["web1.invalid"])
        }
    }

    @Test func `sends a screen the history and what follows`() async throws {
        try await RunningHub.with(agent: try Self.agent(ticks: 5)) { (hub) async throws in
            #expect(try await Eventually.comes { try await hub.client.hosts().first?.lastFrame != nil })
            let view = LiveView(
                subject: .host(HostID(SourceCommand.localName)), windowMilliseconds: 60_000,
                stepMilliseconds: 1000,
                end: InventedAgent.now)
            let updates = UpdateBox()
            try await hub.client.live(view) { await updates.add($0) }
            let found = await updates.all
            #expect(
                found.first
                    == .define(index: 0, host: HostID(SourceCommand.localName), signal: SignalKey("load.1")))
            #expect(found.last == .liveBegins)
            #expect(found.count { if case .values = $0 { true } else { false } } >= 4)
        }
    }

    @Test func `refuses by sentence what it cannot answer`() async throws {
        guard hasCurl() else { return }
        try await RunningHub.with { (hub) async throws in
            for (path, status, part) in [
                ("/v1/live", 400, "view must be fleet, host, traffic or logs"),
                ("/v1/live?view=host", 400, "host is missing"),
                ("/v1/live?view=host&host=nobody", 404, "nobody"),
                ("/v1/live?view=fleet&step=1", 400, "step must be a number"),
                ("/v1/live?view=fleet&window=-1", 400, "window must be"),
                ("/v1/live?view=fleet&window=x", 400, "window"),
                ("/v1/live?view=fleet&window=99999999999999999999", 400, "window"),
                ("/v1/live?view=fleet&end=-5", 400, "end must be"), ("/v1/nothing", 404, "no route"),
                ("/", 404, "no route"),
                ("/v1/../../etc/passwd", 404, "no route"),
            ] {
                let answer = try await hub.get(path, ["--path-as-is"])
                #expect(answer.status == status, "\(path): \(answer)")
                #expect(answer.body.contains(part), "\(path): \(answer)")
            }
            for body in ["", "{}", "[1]", "[\"a\"", "\"web1\"", String(repeating: "[", count: 100_000)] {
                let answer = try await hub.get("/v1/hosts", ["-X", "POST", "--data-binary", body])
                #expect(answer.status == 400, "\(body.prefix(9)): \(answer)")
            }
            let large = String(repeating: "1", count: 65_536)
            let parts = Array(repeating: ["--data-binary", large], count: 17).flatMap(\.self)
            let answer = try await hub.get("/v1/hosts", ["-X", "POST"] + parts)
            #expect(answer.status == 413 && answer.body.contains("send it in parts"), "\(answer)")
            #expect(try await hub.get("/v1/status", ["-X", "DELETE"]).status == 404)
            #expect(await Eventually.comes { await hub.client.isAlive() })
        }
    }

    @Test func `says how it is`() async throws {
        guard hasCurl() else { return }
        try await RunningHub.with(agent: try Self.agent()) { (hub) async throws in
            #expect(try await hub.get("/healthz").body.hasPrefix("ok"))
            #expect(try await hub.get("/readyz").status == 200)
            #expect(try await hub.get("/metrics").body.contains("martlet_hub_hosts 1"))
            #expect(try await hub.get("/v1/status").body.contains("\"hosts\":1"))
        }
    }

    @Test func `is one for each state folder, by name`() async throws {
        try await RunningHub.with { (hub) async throws in
            await #expect(throws: HubError.alreadyRunning(folder: hub.options.folders.state)) {
                try await HubServer(hub.options, logger: RunningHub.quiet).run()
            }
            #expect(await Eventually.comes { await hub.client.isAlive() })
        }
    }

    @Test func `leaves no socket behind, and takes a dead hub's away`() async throws {
        let folder = try TemporaryFolder()
        var options = HubOptions(folders: try RunningHub.folders(in: folder))
        options.lingerMilliseconds = 0
        try FileManager.default.createDirectory(
            atPath: options.folders.state, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        try Data().write(to: URL(filePath: options.folders.socket))
        try await HubServer(options, logger: RunningHub.quiet).run()
        #expect(!FileManager.default.fileExists(atPath: options.folders.socket))
    }

    @Test func `is the owner's alone`() async throws {
        try await RunningHub.with { (hub) async throws in
            let attributes = try FileManager.default.attributesOfItem(atPath: hub.options.folders.socket)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let state = try FileManager.default.attributesOfItem(atPath: hub.options.folders.state)
            #expect(state[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test func `answers nobody of another user, even where the socket's mode would let them in`() async throws
    {
        guard geteuid() == 0, hasCurl(), Program.find("setpriv") != nil else {
            return print("skipped: needs root, setpriv and curl")
        }
        try await RunningHub.with { (hub) async throws in
            for folder in [hub.folder.url.path, hub.options.folders.state] { chmod(folder, 0o755) }
            chmod(hub.options.folders.socket, 0o666)
            let words = ["--reuid", "65534", "--regid", "65534", "--clear-groups"]
            let answer = try await hub.get("/v1/hosts", behind: ["setpriv"] + words)
            #expect(answer.status == 403)
            #expect(answer.body.contains("you are user 65534"), "\(answer)")
        }
    }

    @Test func `lets the group's members in, and nobody else, where it is open to the group`() async throws {
        guard geteuid() == 0, hasCurl(), Program.find("setpriv") != nil else {
            return print("skipped: needs root, setpriv and curl")
        }
        try await RunningHub.with(isGroupOpen: true) { (hub) async throws in
            #expect(hub.options.folders.socket.hasSuffix("/shared/hub.sock"))
            chmod(hub.folder.url.path, 0o755)
            let stranger = ["setpriv", "--reuid", "65534", "--regid", "65534"]
            let member = stranger + ["--groups", "\(getegid())"]
            #expect(try await hub.get("/v1/hosts", behind: member).status == 200)
            #expect(try await hub.get("/v1/hosts", behind: stranger + ["--clear-groups"]).status == 0)
        }
    }

    @Test func `stays while a screen is attached, and leaves after the last one`() async throws {
        let folder = try TemporaryFolder()
        var options = HubOptions(folders: try RunningHub.folders(in: folder))
        options.lingerMilliseconds = 4000
        let client = HubClient(socketPath: options.folders.socket)
        let began = ContinuousClock.now
        let hub = RunningHub(options: options, folder: folder, client: client)
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { [options] in try await HubServer(options, logger: RunningHub.quiet).run() }
            #expect(await Eventually.comes { await client.isAlive() })
            // Attached for longer than the hub lingers.
            let isThere = Mutex(false)
            await hub.follow { _ in
                let isAlive = await Eventually.comes(within: 40) {
                    let answers = await client.isAlive()
                    return answers && ContinuousClock.now - began > .seconds(7)
                }
                isThere.withLock { $0 = isAlive }
                return true
            }
            #expect(isThere.withLock { $0 })
            try await tasks.next()
        }
        #expect(ContinuousClock.now - began >= .seconds(7))
        #expect(!FileManager.default.fileExists(atPath: options.folders.socket))
    }
}

private actor UpdateBox {
    private(set) var all: [LiveUpdate] = []

    func add(_ updates: [LiveUpdate]) {
        all += updates
    }
}

@Suite struct `The hub's folders` {
    @Test(arguments: [
        (
            ["XDG_RUNTIME_DIR": "/run/user/7", "XDG_STATE_HOME": "/s", "HOME": "/h"], "/s/martlet",
            "/run/user/7/martlet/hub.sock"
        ),
        (["XDG_STATE_HOME": "/s", "HOME": "/h"], "/s/martlet", "/s/martlet/hub.sock"),
        (["HOME": "/h"], "/h/.local/state/martlet", "/h/.local/state/martlet/hub.sock"),
        (
            ["HOME": "/h", "XDG_RUNTIME_DIR": "", "XDG_STATE_HOME": ""], "/h/.local/state/martlet",
            "/h/.local/state/martlet/hub.sock"
        ),
    ])
    func `follow the environment`(environment: [String: String], state: String, socket: String) throws {
        let folders = try HubFolders(environment: environment)
        #expect(folders.state == state)
        #expect(folders.socket == socket)
        let candidates = HubFolders.candidates(environment: environment)
        #expect(candidates.first == socket)
        #expect(candidates.last == "/run/martlet/hub.sock")
    }

    @Test func `cannot be found without a home`() {
        #expect(throws: HubError.self) { try HubFolders(environment: [:]) }
        #expect(HubFolders.candidates(environment: [:]) == ["/run/martlet/hub.sock"])
    }

    @Test func `hold a socket whose path the kernel takes`() async throws {
        let folder = try TemporaryFolder()
        let long = folder.url.path + "/" + String(repeating: "r", count: 100)
        let folders = try HubFolders(
            environment: ["XDG_STATE_HOME": folder.url.path, "XDG_RUNTIME_DIR": long])
        let error = await #expect(throws: HubError.self) {
            try await HubServer(HubOptions(folders: folders), logger: RunningHub.quiet).run()
        }
        #expect(error?.description.contains("XDG_RUNTIME_DIR") == true)
    }

    @Test func `are refused where others may write`() async throws {
        let folder = try TemporaryFolder()
        let state = folder.url.appending(path: "martlet")
        try FileManager.default.createDirectory(at: state, withIntermediateDirectories: true)
        try FileManager.default.setAttributes([.posixPermissions: 0o777], ofItemAtPath: state.path)
        let options = HubOptions(folders: try RunningHub.folders(in: folder))
        let error = await #expect(throws: HubError.self) {
            try await HubServer(options, logger: RunningHub.quiet).run()
        }
        #expect(error?.description.contains("chmod 700") == true)
    }
}
