import Fleet
import Hub
import HubSupport
import Telemetry
import Testing

/// Operators-contract 3.3, `disk.full_in`: least squares over what came, in the space that programs can have.
@Suite struct `The time until a disk is full` {
    private static func disk(_ free: Double) -> [SimulatedFleet.Value] {
        let labels: Labels = ["mountpoint": "/", "device": "/dev/vda1", "fstype": "ext4"]
        return [
            .gauge("node_filesystem_size_bytes", 2_000_000, labels),
            .gauge("node_filesystem_free_bytes", free, labels),
            .gauge("node_filesystem_avail_bytes", free, labels),
        ]
    }

    /// A tick each ten seconds; when something was told first, and what.
    private func told(_ when: String, seconds: Int, _ free: (Double) -> Double) async throws -> (
        Int, [String]
    )? {
        let fleet = SimulatedFleet()
        await fleet.begin(try EvaluationWorld.book([("Soon", when)]), hosts: ["db1"])
        for second in stride(from: 0, through: seconds, by: 10) {
            await fleet.send("db1", Self.disk(free(Double(second))))
            await fleet.core.evaluate()
            let told = await fleet.told()
            if !told.isEmpty { return (second, told) }
            await fleet.pass(10_000)
        }
        return nil
    }

    @Test func `is known after half an hour, and not before`() async throws {
        let found = try #require(try await told("disk.full_in < 3h", seconds: 3000) { 12_000 - $0 })
        #expect(found.0 == 1800, "\(found)")
        #expect(found.1 == ["firing Soon db1 /"])
    }

    @Test func `is endless where it shrinks or stays`() async throws {
        #expect(try await told("disk.full_in < 365d", seconds: 3000) { 12_000 + $0 } == nil)
        #expect(try await told("disk.full_in < 365d", seconds: 3000) { _ in 12_000 } == nil)
    }
}
