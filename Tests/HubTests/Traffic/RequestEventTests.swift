import Fleet
import Hub
import Telemetry
import Testing
import Wire

@Suite(.timeLimit(.minutes(3))) struct `The hub on lines and examples of requests` {
    @Test func `gives examples newest first, of a flood the newest, and lines where lines are asked for`()
        async throws
    {
        let hub = await RequestHub()
        var frames: [UInt8] = []
        for number in Int64(0)..<5000 {
            frames += RequestAgent.event(
                RequestHub.at(0).advanced(byMilliseconds: number), "error-sample",
                ["service": "shop", "code": "500", "host": "liar"], "GET / \(number)")
        }
        frames += RequestAgent.event(RequestHub.at(1), "line", ["service": "shop"], "a line")
        frames += RequestAgent.event(RequestHub.at(1), "unknown", [:], "a mark")
        try await hub.take(frames)
        #expect(await hub.core.figures().droppedEvents == 3000)
        let told = try await hub.told(window: 60, end: 10)
        #expect(told.events.count == 2000)
        #expect(told.events.first?.text == "GET / 4999")
        #expect(told.events.last?.text == "GET / 3000")
        #expect(told.events.allSatisfy { $0.host == RequestHub.host && $0.labels["code"] == "500" })
        let logs = try await hub.told(.logs(hosts: []), window: 60, end: 10)
        #expect(logs.events.count == 2001)
        #expect(logs.events.contains { $0.kind == .line && $0.text == "a line" })
        #expect(logs.values.isEmpty)
    }

    @Test func `gives the last line of each log that cannot be read, however long ago it came`() async throws
    {
        let hub = await RequestHub()
        var frames: [UInt8] = []
        for (second, service, text) in [
            (0, "shop", "old"), (1, "shop", "new"), (1, "api", "other"), (30, "", "later"),
        ] as [(Int64, String, String)] {
            frames += RequestAgent.event(
                RequestHub.at(second), "unread-line", ["service": service, "reason": "mismatch"], text)
        }
        try await hub.take(frames)
        let told = try await hub.told(window: 5, end: 20)
        #expect(Set(told.events.map(\.text)) == ["new", "other"])
        #expect(told.events.allSatisfy { $0.kind == .unreadLine })
        let logs = try await hub.told(.logs(hosts: []), window: 60, end: 20)
        #expect(logs.events.isEmpty)
    }

    @Test func `asks for lines while a screen shows logs of the host`() async throws {
        let hub = await RequestHub()
        let (sent, continuation) = AsyncStream.makeStream(of: [UInt8].self)
        await hub.core.attach(RequestHub.host) { continuation.yield($0) }
        var requests = sent.makeAsyncIterator()
        func wanted(_ bytes: [UInt8]?) throws -> Bool? {
            guard case .subscribe(let subscription) = try RequestAgent.messages(bytes ?? []).first else {
                return nil
            }
            #expect(!subscription.wantsAllProcesses)
            return subscription.wantsLines
        }
        _ = try await hub.look(.logs(hosts: [HostID("db1")]))
        let feed = try await hub.look(.logs(hosts: [RequestHub.host]))
        #expect(try wanted(await requests.next()) == true)
        feed.finish()
        #expect(try wanted(await requests.next()) == false)
    }
}
