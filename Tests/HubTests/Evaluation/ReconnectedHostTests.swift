import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

/// A session that is young has not told of all that the host has: a mount that hangs is found late, a probe answers in minutes.
@Suite struct `What a host that came back has not told of yet` {
    private static func size(_ used: Double) -> [SimulatedFleet.Value] {
        ["/", "/mnt"].flatMap { mount -> [SimulatedFleet.Value] in
            let labels: Labels = ["mountpoint": mount]
            return [
                .gauge("node_filesystem_size_bytes", 1000, labels),
                .gauge("node_filesystem_free_bytes", 1000 * (1 - used), labels),
                .gauge("node_filesystem_avail_bytes", 1000 * (1 - used), labels),
            ]
        }
    }

    /// What is told by the second after the host came back without `/mnt`, which it has again after `back` seconds.
    private func told(back: Int?, noData: Rule.NoData = .keep) async throws -> [Int: [String]] {
        let fleet = SimulatedFleet()
        let book = try EvaluationWorld.book([("Full", "disk.used > 90%")], noData: noData)
        await fleet.begin(book, hosts: ["web1"])
        await fleet.send("web1", Self.size(0.95))
        #expect(await fleet.told().sorted() == ["firing Full web1 /", "firing Full web1 /mnt"])
        await fleet.reconnect("web1")
        var told: [Int: [String]] = [:]
        for second in 1...400 {
            await fleet.pass(1000)
            let isBack = back.map { second >= $0 } ?? false
            await fleet.send("web1", Array(Self.size(0.95).prefix(isBack ? 6 : 3)))
            await fleet.core.evaluate()
            let words = await fleet.told()
            if !words.isEmpty { told[second] = words }
        }
        return told
    }

    @Test(arguments: [Rule.NoData.keep, .alert, .resolve])
    func `is neither over nor missing`(_ noData: Rule.NoData) async throws {
        #expect(try await told(back: 120, noData: noData).isEmpty)
    }

    @Test(arguments: [Rule.NoData.keep, .alert, .resolve])
    func `is over once the session is old enough`(_ noData: Rule.NoData) async throws {
        #expect(try await told(back: nil, noData: noData) == [331: ["resolved Full web1 /mnt"]])
    }

    @Test func `is over at once where the host says so`() async throws {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Full", "disk.used > 90%")]), hosts: ["web1"])
        for _ in 0..<4 {
            await fleet.pass(1000)
            await fleet.send("web1", Self.size(0.95))
        }
        _ = await fleet.told()
        for value in Self.size(0).suffix(3) { await fleet.retire("web1", value.key) }
        await fleet.pass(1000)
        await fleet.send("web1", Array(Self.size(0.95).prefix(3)))
        #expect(await fleet.told() == ["resolved Full web1 /mnt"])
    }
}
