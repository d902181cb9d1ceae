import Telemetry
import Wire

/// CPU time by mode, from the `cpuN` lines that `StatProbe` read; proc_stat(5), USER_HZ is 100 on every Linux port.
///
/// As node_exporter: a CPU whose idle time steps back by three seconds or more was unplugged and begins
/// anew; smaller steps back, which the kernel makes, are ignored. Guest time is in `user` and `nice` too.
package final class CPUProbe: Probe {
    package let name = "cpu"
    package let tier = Tier.second

    private struct CPU {
        var number: UInt32
        /// user nice system idle iowait irq softirq steal guest guest_nice, in ticks.
        var ticks = [10 of Int64](repeating: 0)
        var slots = [10 of Int](repeating: -1)
        var wasSeen = false
    }

    private static let idle = 3
    private static let idleStepTicks: Int64 = 300
    private static let modes = [
        "user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal", "user", "nice",
    ]
    private var cpus: [CPU] = []
    private var hasRead = false

    package init() {}

    func beginRead() {
        for place in cpus.indices { cpus[place].wasSeen = false }
        hasRead = false
    }

    /// The rest of a line that began with `cpu`; the line of the sum has no number and is passed over.
    func take(line bytes: Span<UInt8>, _ offset: inout Int) {
        guard offset < bytes.count, bytes[offset] != 0x20, let number = Fields.decimal(bytes, &offset),
            let number = UInt32(exactly: number)
        else { return }
        var ticks = [10 of Int64](repeating: 0)
        for field in 0..<10 {
            // Old kernels have fewer columns: those stay zero.
            guard let value = Fields.decimal(bytes, &offset), let value = Int64(exactly: value) else { break }
            ticks[field] = value
        }
        hasRead = true
        let place = place(of: number)
        cpus[place].wasSeen = true
        let isReplugged = cpus[place].ticks[Self.idle] - ticks[Self.idle] >= Self.idleStepTicks
        for field in 0..<10 where isReplugged || ticks[field] > cpus[place].ticks[field] {
            cpus[place].ticks[field] = ticks[field]
        }
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        guard hasRead else { throw .malformed(path: "stat", reason: "no cpu line was read") }
        for place in cpus.indices where cpus[place].wasSeen { write(place, into: &readings) }
        for place in cpus.indices.reversed() where !cpus[place].wasSeen {
            for field in 0..<10 where cpus[place].slots[field] >= 0 {
                readings.retire(cpus[place].slots[field])
            }
            cpus.remove(at: place)
        }
    }

    private func write(_ place: Int, into readings: inout Readings) {
        if cpus[place].slots[0] < 0 {
            for field in 0..<10 {
                let metric = field < 8 ? "node_cpu_seconds_total" : "node_cpu_guest_seconds_total"
                let key = SeriesKey(metric, ["cpu": "\(cpus[place].number)", "mode": Self.modes[field]])
                cpus[place].slots[field] = readings.define(
                    SeriesDefinition(key, .counter, .ratio(multiplier: 1, divisor: 100)))
            }
        }
        for field in 0..<10 { readings[cpus[place].slots[field]] = cpus[place].ticks[field] }
    }

    private func place(of number: UInt32) -> Int {
        var place = 0
        while place < cpus.count, cpus[place].number < number { place += 1 }
        if place == cpus.count || cpus[place].number != number { cpus.insert(CPU(number: number), at: place) }
        return place
    }
}
