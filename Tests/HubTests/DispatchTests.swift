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

@Suite(.timeLimit(.minutes(2))) struct `Orders at a hub` {
    private static let hello = """
        [action hello]
        about = Say hello
        run = $/hello.sh {who}
        param.who = word default world
        danger = look
        """

    @Test func `reach the host, and what becomes of them comes back live`() async throws {
        let hub = try OrderingHub(Self.hello, scripts: ["hello.sh": "echo hello $1; exit 4"])
        try await hub.run { (client) async throws in
            let listing = try #require(try await client.actions().first)
            #expect(listing.host == OrderingHub.host && listing.actions.map(\.name) == ["hello"])
            let run = try await hub.order("hello", ["who": "anna"])
            #expect(run.actor["as"] == "anna" && run.actor["uid"] == "\(getuid())")
            let (states, text) = try await hub.follow(run.id)
            #expect(text == "hello anna\n")
            #expect(states.last == .failed)
            let end = try #require(try await client.orders([run.id]).first)
            #expect(end.exitStatus == 4 && end.words == "failed: status 4" && end.milliseconds != nil)
            // Who comes later sees the same.
            #expect(try await hub.follow(run.id).text == "hello anna\n")
        }
    }

    @Test func `are cancelled on the host, and after the hub was gone meanwhile`() async throws {
        let long = "[action long]\nabout = Take long\nrun = $/long.sh\ngrace = 1s\n"
        let hub = try OrderingHub(long, scripts: ["long.sh": "echo $$ >> $HERE/runs; sleep 300"])
        let kept = Mutex<OrderRun?>(nil)
        try await hub.run { (client) async throws in
            let ordered = try await hub.order("long")
            #expect(await Eventually.comes { !hub.text("runs").isEmpty })
            kept.withLock { $0 = ordered }
            await #expect(throws: HubClientError.self) {
                try await client.cancel(CancelRequest(ids: ["x"]))
            }
        }
        let ordered = try #require(kept.withLock { $0 })
        try await hub.run { (client) async throws in
            _ = try await client.cancel(CancelRequest(ids: [ordered.id], actor: "bert"))
            #expect(try await hub.follow(ordered.id).states.last == .failed)
            let end = try #require(try await client.orders([ordered.id]).first)
            #expect(end.cause == "cancelled" && end.words.contains("bert cancelled it"), "\(end)")
            let events = try await client.audit(since: 0).records
            let record = try #require(events.first { $0.event == "cancelled" })
            #expect(record.asker["as"] == "bert" && record.order?.actor["as"] == "anna")
            // Who asks again is told how it ended.
            #expect(try await client.cancel(CancelRequest(ids: [ordered.id])).first == end)
        }
        #expect(hub.text("runs").split(separator: "\n").count == 1)
    }

    @Test func `are not started any more where they were cancelled before their host had them`() async throws
    {
        let hub = try OrderingHub(Self.hello, scripts: ["hello.sh": "echo x >> $HERE/runs"])
        try await hub.run { (client) async throws in
            // The order waits in the pipe of an agent that stands still, and is lost with it.
            let agent = try #require(pid_t(hub.text("pid").dropLast()))
            kill(agent, SIGSTOP)
            let run = try await hub.order("hello")
            try Data().write(to: hub.folder.url.appending(path: "hold"))
            kill(agent, SIGKILL)
            #expect(await Eventually.comes { (try? await client.actions().first?.isConnected) == false })
            _ = try await client.cancel(CancelRequest(ids: [run.id], actor: "bert"))
            try FileManager.default.removeItem(at: hub.folder.url.appending(path: "hold"))
            #expect(try await hub.follow(run.id).states.last == .notStarted)
        }
        #expect(hub.text("runs").isEmpty)
    }

    @Test func `that no host could take are refused before anything happens, and name the host`() async throws
    {
        let hub = try OrderingHub(Self.hello, scripts: ["hello.sh": "echo x >> $HERE/runs"])
        try await hub.run { (client) async throws in
            for (action, parameters, hosts, words) in [
                ("hallo", [:], [OrderingHub.host], "declares no action hallo; it declares hello"),
                ("hello", ["who": "a b"], [OrderingHub.host], "write a word"),
                ("hello", ["whom": "a"], [OrderingHub.host], "has no parameter whom"),
                ("hello", [:], [OrderingHub.host, "web9"], "no host \"web9\""),
            ] as [(String, [String: String], [String], String)] {
                let error = await #expect(throws: HubClientError.self) {
                    try await client.order(
                        OrderRequest(action: action, parameters: parameters, hosts: hosts))
                }
                #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            }
            #expect(try await client.orders() == [])
            _ = try await client.addHosts(["no.such.host.invalid"])
            #expect(
                await Eventually.comes {
                    let host = try? await client.hosts().first { $0.host == "no.such.host.invalid" }
                    if case .failed = host?.state { return true } else { return false }
                })
            let runs = try await client.order(
                OrderRequest(
                    action: "hello", parameters: [:], hosts: ["no.such.host.invalid", OrderingHub.host]))
            #expect(runs.first?.state == .notStarted && runs.first?.cause == "unreachable")
            // While it is dialled again nobody knows that it cannot be.
            #expect(
                ["has no address", "is not connected"].contains { runs.first?.text.contains($0) == true })
            #expect(try await hub.follow(runs[1].id).states.last == .succeeded)
        }
        #expect(hub.text("runs") == "x\n")
    }

    @Test func `survive the hub, which finds out how they ended, and start nothing twice`() async throws {
        let hub = try OrderingHub(
            "[action slow]\nabout = x\nrun = $/slow.sh\n",
            scripts: ["slow.sh": Self.slow])
        let id = Mutex("")
        try await hub.run { (client) async throws in
            let run = try await hub.order("slow")
            id.withLock { $0 = run.id }
            #expect(await Eventually.comes { hub.text("runs") == "x\n" })
        }
        let known = id.withLock { $0 }
        try await hub.run { (client) async throws in
            try hub.letGo()
            let (states, text) = try await hub.follow(known)
            #expect(states.last == .succeeded && text == "done\n")
            let (records, fault) = try await client.audit(since: 0)
            #expect(fault == nil)
            #expect(
                records.map(\.event).filter { $0 != "accepted" } == ["hub", "ordered", "started", "ended"])
        }
        #expect(hub.text("runs") == "x\n")
    }

    @Test func `survive the agent`() async throws {
        let hub = try OrderingHub(
            "[action slow]\nabout = x\nrun = $/slow.sh\n",
            scripts: ["slow.sh": Self.slow])
        try await hub.run { (client) async throws in
            let run = try await hub.order("slow")
            #expect(await Eventually.comes { hub.text("runs") == "x\n" })
            // The agent is the one whose state folder is this test's.
            let names = try FileManager.default.contentsOfDirectory(atPath: "/proc")
            for pid in names.compactMap({ pid_t($0) }) {
                let line = (try? String(contentsOfFile: "/proc/\(pid)/cmdline", encoding: .utf8)) ?? ""
                if line.contains("stream"), line.contains(hub.folder.url.path) { kill(pid, SIGKILL) }
            }
            try hub.letGo()
            let (states, text) = try await hub.follow(run.id)
            #expect(states.last == .succeeded && text == "done\n")
        }
        #expect(hub.text("runs") == "x\n")
    }

    /// Goes on until it is let go, however long that takes.
    private static let slow = "echo x >> $HERE/runs; while [ ! -e $HERE/goes ]; do sleep 0.1; done; echo done"
}

extension OrderingHub {
    fileprivate func letGo() throws { try Data().write(to: folder.url.appending(path: "goes")) }
}

@Suite struct `The audit` {
    private func order(_ number: Int) -> OrderRun {
        OrderRun(id: "id\(number)", host: "web1", action: "restart", sequence: UInt64(number))
    }

    private func journal(in folder: TemporaryFolder) async throws -> URL {
        let journal = try OrderJournal(folder.url.path)
        for number in 1...5 { try await journal.append([("ordered", order(number), "")]) }
        return URL(filePath: journal.path)
    }

    @Test func `goes on where it ended, and follows from record to record`() async throws {
        let folder = try TemporaryFolder()
        let file = try await journal(in: folder)
        // A crash in the middle of a line.
        let handle = try FileHandle(forWritingTo: file)
        try handle.seekToEnd()
        try handle.write(contentsOf: Data("{\"number\":6,\"ti".utf8))
        try handle.close()
        let again = try OrderJournal(folder.url.path)
        #expect(again.fault == nil && again.takeRecords().map(\.number) == [1, 2, 3, 4, 5])
        try await again.append([("ended", order(5), "")])
        let (records, fault) = await again.read()
        #expect(fault == nil && records.count == 6)
    }

    @Test(arguments: [
        ("changed", "record 3 was changed"), ("deleted", "record 4 where 3 should be"),
        ("swapped", "record 4 where 3 should be"), ("doubled", "record 3 where 4 should be"),
    ])
    func `names the record that was touched`(_ how: String, _ words: String) async throws {
        let folder = try TemporaryFolder()
        let file = try await journal(in: folder)
        var lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n").map(String.init)
        switch how {
        case "changed": lines[2] = lines[2].replacing("web1", with: "web2")
        case "deleted": lines.remove(at: 2)
        case "swapped": lines.swapAt(2, 3)
        default: lines.insert(lines[2], at: 2)
        }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: file)
        #expect(try OrderJournal(folder.url.path).fault?.contains(words) == true)
    }

    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `has digests as FIPS 180-4 gives them`(_ text: String, _ digest: String) {
        #expect(SHA256.hex(Array(text.utf8)) == digest)
    }
}
