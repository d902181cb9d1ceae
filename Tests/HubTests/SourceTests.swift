import Fleet
import Foundation
import Glibc
import Hub
import NIOPosix
import Telemetry
import TestSupport
import Testing
import Wire

@Suite(.timeLimit(.minutes(3))) struct `A source` {
    private static let load = SeriesKey("node_load1")

    private static var waits: SourceWaits {
        var waits = SourceWaits()
        waits.retryMilliseconds = 10
        waits.errorsMilliseconds = 100
        waits.helloMilliseconds = 20_000
        return waits
    }

    /// Runs the command until `condition` holds of the host's summary; whether it did, and the last summary.
    private func run(
        _ command: SourceCommand, waits: SourceWaits = Self.waits,
        until condition: @escaping (HostSummary) -> Bool
    ) async -> HostSummary? {
        let core = HubCore()
        _ = await core.add(command)
        let source = Source(command, core: core, group: MultiThreadedEventLoopGroup.singleton, waits: waits)
        let feed = await core.states()
        return await withTaskGroup(of: HostSummary?.self) { tasks in
            tasks.addTask {
                await source.run()
                return nil
            }
            var found: HostSummary?
            for await summaries in feed.values {
                found = summaries.first
                if let found, condition(found) { break }
            }
            tasks.cancelAll()
            return found
        }
    }

    private static func frames(ticks: Int) -> [UInt8] {
        var agent = InventedAgent([load], type: .gauge)
        let time = InventedAgent.now
        return InventedAgent.hello()
            + (0..<ticks).flatMap { agent.tick(time.advanced(byMilliseconds: Int64($0) * 1000), [1]) }
    }

    @Test func `is live once its agent said hello`() async throws {
        let agent = try StandIn(in: try TemporaryFolder(), frames: Self.frames(ticks: 2))
        let summary = await run(.standIn(agent)) { $0.state == .live }
        #expect(summary?.agentVersion == "9.9")
    }

    @Test func `is started again and again, and counts it`() async throws {
        let agent = try StandIn(
            in: try TemporaryFolder(), frames: Self.frames(ticks: 1), then: "echo 'disk on fire' >&2; exit 3")
        // Not every state of the host is told of where another one comes soon after it.
        let summary = await run(.standIn(agent)) {
            if case .failed = $0.state { $0.restarts >= 3 } else { false }
        }
        #expect((summary?.restarts ?? 0) >= 3)
        #expect(summary?.malformedFrames == 0)
        guard case .failed(let reason, _) = summary?.state else {
            Issue.record("not failed")
            return
        }
        #expect(reason == "disk on fire")
    }

    @Test func `is ended for frames that cannot be read`() async throws {
        let agent = try StandIn(
            in: try TemporaryFolder(), frames: Self.frames(ticks: 1) + Array("Segmentation fault".utf8))
        let summary = await run(.standIn(agent)) { if case .failed = $0.state { true } else { false } }
        #expect(summary?.malformedFrames == 1)
        guard case .failed(let reason, _) = summary?.state else {
            Issue.record("not failed")
            return
        }
        #expect(reason.contains("cannot be read"))
    }

    @Test func `is told hello before it is asked for what a screen wants`() async throws {
        let folder = try TemporaryFolder()
        let told = folder.url.appending(path: "told")
        // Descriptor 3 keeps the pipe to the hub open.
        let agent = try StandIn(
            in: folder, frames: Self.frames(ticks: 1), then: "exec cat 3>&1 >'\(told.path)'")
        let core = HubCore()
        _ = await core.add(.standIn(agent))
        let view = LiveView(
            subject: .host(HostID("web1")), windowMilliseconds: 1000, stepMilliseconds: 1000)
        let feed = try await core.open(view)
        let source = Source(.standIn(agent), core: core, group: MultiThreadedEventLoopGroup.singleton)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await source.run() }
            let wanted = Subscription(intervalMilliseconds: 1000, wantsAllProcesses: true)
            #expect(
                await Eventually.comes {
                    let messages = Self.messages(in: told)
                    return messages.last == .subscribe(wanted)
                })
            guard case .hello = Self.messages(in: told).first else {
                Issue.record("first came \(Self.messages(in: told))")
                return tasks.cancelAll()
            }
            tasks.cancelAll()
        }
        feed.finish()
    }

    private static func messages(in file: URL) -> [WireMessage] {
        var decoder = FrameDecoder()
        decoder.append(Array((try? Data(contentsOf: file)) ?? Data()))
        var messages: [WireMessage] = []
        while let message = try? decoder.next() { messages.append(message) }
        return messages
    }

    @Test func `is read more slowly while it floods, and stays live`() async throws {
        let event = FrameEncoder.frame(
            .event(WireEvent(time: InventedAgent.now, kind: "x", labels: [:], text: "")))
        let flood = Array(repeatElement(event, count: Int(HubSession.burstFrames) + 500).joined())
        let agent = try StandIn(in: try TemporaryFolder(), frames: InventedAgent.hello() + flood)
        let core = HubCore()
        _ = await core.add(.standIn(agent))
        let source = Source(.standIn(agent), core: core, group: MultiThreadedEventLoopGroup.singleton)
        await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await source.run() }
            #expect(
                await Eventually.comes {
                    await core.figures().pausedMilliseconds > 0
                })
            // It says nothing more, so it may be stale by now.
            let host = await core.summaries().first
            #expect(host?.state == .live || host?.state == .stale)
            #expect(host?.restarts == 0)
            tasks.cancelAll()
        }
    }

    @Test func `is ended where nothing says hello in time`() async throws {
        var waits = Self.waits
        waits.helloMilliseconds = 500
        let agent = try StandIn(in: try TemporaryFolder(), frames: Array("Welcome!\n".utf8))
        // On a busy machine it is begun again until it has said its word in that time.
        let summary = await run(.standIn(agent), waits: waits) {
            if case .failed(let reason, _) = $0.state { reason.contains("9 bytes") } else { false }
        }
        guard case .failed(let reason, _) = summary?.state else {
            Issue.record("not failed")
            return
        }
        #expect(reason.contains("no hello"), "\(reason)")
        #expect(reason.contains("9 bytes that are no frames"), "\(reason)")
    }

    @Test func `does not wait for a grandchild that keeps the pipes open`() async throws {
        let agent = try StandIn(
            in: try TemporaryFolder(), frames: Self.frames(ticks: 1),
            then: "setsid -f sleep 30 </dev/null >/dev/null; echo gone >&2; exit 1")
        let began = ContinuousClock.now
        let summary = await run(.standIn(agent)) { if case .failed = $0.state { true } else { false } }
        guard case .failed(let reason, _) = summary?.state else {
            Issue.record("not failed")
            return
        }
        #expect(reason == "gone")
        #expect(ContinuousClock.now - began < .seconds(20))
    }

    @Test func `says that a program is not there`() async {
        let command = SourceCommand(
            host: HostID("here"), arguments: ["/nowhere/martlet-agent"], summary: "local")
        let summary = await run(command) { if case .failed = $0.state { true } else { false } }
        guard case .failed(let reason, _) = summary?.state else {
            Issue.record("not failed")
            return
        }
        #expect(reason.contains("/nowhere/martlet-agent"))
    }

    @Test func `takes its child along when it ends`() async throws {
        let folder = try TemporaryFolder()
        let agent = try StandIn(
            in: folder, frames: Self.frames(ticks: 1),
            then: """
                trap '' TERM; cd '\(folder.url.path)' && echo $$ >pid.new && mv pid.new pid
                while :; do read -r line || exec sleep 30; done
                """
        )
        _ = await run(.standIn(agent)) { _ in
            (try? String(contentsOf: folder.url.appending(path: "pid"), encoding: .utf8)) != nil
        }
        let text = try String(contentsOf: folder.url.appending(path: "pid"), encoding: .utf8)
        let pid = try #require(Int32(text.filter(\.isNumber)))
        #expect(await Eventually.comes { kill(pid, 0) != 0 })
    }
}
