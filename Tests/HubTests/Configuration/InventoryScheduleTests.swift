import Fleet
import Foundation
import HubSupport
import Logging
import TestSupport
import Testing

@testable import Hub

/// Operators-contract 2, `every` of an inventory; the clock is the test's.
@Suite struct `An inventory` {
    private let folder: TemporaryFolder
    private let times = MovableClock()
    private let hosts: ConfiguredHosts

    private static let file = """
        version: 1
        inventory:
          - {run: [/bin/sh, ./often], format: martlet, every: 10m}
          - {run: [/bin/sh, ./seldom], format: martlet, every: 1h}
          - {run: [/bin/sh, ./once], format: martlet}
        """

    init() throws {
        folder = try TemporaryFolder()
        try Self.file.write(
            to: folder.url.appending(path: "hosts.yaml"), atomically: true, encoding: .utf8)
        for name in ["often", "seldom", "once"] {
            let list = #"{"version": 1, "hosts": {"\#(name)'$(wc -l <asked.\#(name))'": {}}}"#
            try Program.script(
                "echo >>asked.\(name)\necho '\(list)'", at: folder.url.appending(path: name).path)
        }
        let sink = HostSink(add: { _ in }, remove: { _ in }, update: { _ in }, dial: { _, _ in })
        hosts = ConfiguredHosts(
            folder: ConfigFolder(path: folder.url.path, origin: .option), sink: sink, agent: nil,
            clock: times.clock, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// How often each was asked, in the order of the file.
    private func asked() -> [Int] {
        ["often", "seldom", "once"].map { name in
            (try? Data(contentsOf: folder.url.appending(path: "asked.\(name)")))?.count ?? 0
        }
    }

    private func names() async -> [String] { await hosts.report().hosts.map(\.name) }

    @Test func `is asked at the start, again when its time has come, and not before`() async {
        await hosts.start([])
        #expect(await Eventually.comes { await names() == ["often1", "once1", "seldom1"] })
        times.pass(599_000)
        await hosts.tick()
        #expect(asked() == [1, 1, 1])
        times.pass(1000)
        await hosts.tick()
        await hosts.tick()
        #expect(asked() == [2, 1, 1])
        #expect(await names() == ["often2", "once1", "seldom1"])
        // In an hour all that have a time; the one that has none stays as it was.
        times.pass(3_000_000)
        await hosts.tick()
        #expect(asked() == [3, 2, 1])
        #expect(await names() == ["often3", "once1", "seldom2"])
    }

    @Test func `is asked by a reload, and then has its whole time again`() async {
        await hosts.start([])
        #expect(await Eventually.comes { await names().count == 3 })
        times.pass(599_000)
        #expect(await hosts.reload().errors == [])
        #expect(asked() == [2, 2, 2])
        times.pass(599_000)
        await hosts.tick()
        #expect(asked() == [2, 2, 2])
        times.pass(1000)
        await hosts.tick()
        #expect(asked() == [3, 2, 2])
    }

    @Test func `that does not answer is asked again in its time, and its last answer stays`() async throws {
        await hosts.start([])
        #expect(await Eventually.comes { await names().count == 3 })
        try Program.script("echo >>asked.often; exit 1", at: folder.url.appending(path: "often").path)
        for count in 2...3 {
            times.pass(600_000)
            await hosts.tick()
            await hosts.tick()
            #expect(asked()[0] == count)
            #expect(await names() == ["often1", "once1", "seldom1"])
        }
        let warning = await hosts.report().warnings.first ?? ""
        #expect(warning.contains("its answer of 20 minutes ago stays"), "\(warning)")
    }
}
