import Telemetry
import Wire

/// Stall time by resource, /proc/pressure/{cpu,io,memory,irq}; `total` in microseconds, kernel's psi document.
package final class PressureProbe: Probe {
    package let name = "pressure"
    package let tier = Tier.second
    private var cpu: ProbeFile
    private var io: ProbeFile
    private var memory: ProbeFile
    private var irq: ProbeFile
    private var slots: [Int] = []
    /// Kernels before 6.1, and those without IRQ accounting, have no irq file: not asked again.
    private var hasIRQ = true
    private var irqSlot = -1

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        cpu = ProbeFile(paths.proc("pressure/cpu"), buffer)
        io = ProbeFile(paths.proc("pressure/io"), buffer)
        memory = ProbeFile(paths.proc("pressure/memory"), buffer)
        irq = ProbeFile(paths.proc("pressure/irq"), buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        // Errors before the definitions: a kernel without pressure has no series, not zeros.
        let (cpuSome, _) = try unlessAbsent("this kernel has no /proc/pressure") { () throws(ProbeError) in
            try Self.totals(&cpu)
        }
        let (ioSome, ioFull) = try Self.totals(&io)
        let (memorySome, memoryFull) = try Self.totals(&memory)
        if slots.isEmpty {
            slots = ["cpu_waiting", "io_waiting", "io_stalled", "memory_waiting", "memory_stalled"].map {
                Self.define("node_pressure_\($0)_seconds_total", &readings)
            }
        }
        readings[slots[0]] = cpuSome
        readings[slots[1]] = ioSome
        readings[slots[2]] = ioFull
        readings[slots[3]] = memorySome
        readings[slots[4]] = memoryFull
        readIRQ(&readings)
    }

    private func readIRQ(_ readings: inout Readings) {
        guard hasIRQ else { return }
        do throws(ProbeError) {
            let (_, full) = try Self.totals(&irq)
            if irqSlot < 0 { irqSlot = Self.define("node_pressure_irq_stalled_seconds_total", &readings) }
            readings[irqSlot] = full
        } catch {
            hasIRQ = false
        }
    }

    private static func define(_ metric: String, _ readings: inout Readings) -> Int {
        readings.define(
            SeriesDefinition(SeriesKey(metric), .counter, .ratio(multiplier: 1, divisor: 1_000_000)))
    }

    private static func totals(_ file: inout ProbeFile) throws(ProbeError) -> (some: Int64, full: Int64) {
        let path = file.path
        return try file.read { (bytes) throws(ProbeError) in
            var totals: (some: Int64, full: Int64) = (0, 0)
            var offset = 0
            var found = false
            while offset < bytes.count {
                let isSome = Fields.starts("some ", bytes, offset)
                let isFull = Fields.starts("full ", bytes, offset)
                while offset < bytes.count, bytes[offset] != 0x0A, !Fields.take("total=", bytes, &offset) {
                    offset += 1
                }
                if isSome || isFull, let total = Fields.raw(bytes, &offset) {
                    if isSome { totals.some = total } else { totals.full = total }
                    found = true
                }
                Fields.skipLine(bytes, &offset)
            }
            guard found else { throw .malformed(path: path, reason: "no total=") }
            return totals
        }
    }
}
