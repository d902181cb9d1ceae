import CLinux
import Glibc
import Telemetry
import Wire

/// The `[probe]` sections of agent.conf: whether what runs here answers, how fast, which version it names, and when its
/// certificate ends (docs/agent-conf.md).
///
/// Each look is a disposable child's, so a server that hangs holds nobody up; one that still runs is not started again. What
/// a look found is told with the tick that follows.
package final class ServiceProbes: Probe {
    package let name = "probe"
    package let tier = Tier.second

    /// Children at one time; those that are due beyond wait for a tick.
    private static let childrenMax = 16
    /// Series that the scripts of one probe may give.
    private static let outputSeriesMax = 100
    /// A child that its own deadline does not end.
    private static let patienceNanoseconds: UInt64 = 2_000_000_000

    private var rows: [Row]
    private var space = [UInt8](repeating: 0, count: 4096)

    package init(_ probes: [AgentConfiguration.Probe] = []) {
        rows = probes.map { Row($0) }
    }

    deinit {
        for row in rows where row.child > 0 { row.kill() }
    }

    private final class Row {
        let probe: AgentConfiguration.Probe
        var dueAt: UInt64 = 0
        var child: Int32 = -1
        var descriptor: Int32 = -1
        var startedAt: UInt64 = 0
        var received: [UInt8] = []
        var success = -1
        var duration = -1
        var moment = -1
        var notAfter = -1
        var version = ""
        var versionSlot = -1
        var output: [SeriesKey: (slot: Int, definition: SeriesDefinition)] = [:]

        init(_ probe: AgentConfiguration.Probe) {
            self.probe = probe
        }

        func kill() {
            // The child's own programs have sessions of their own, and end with their deadline or its death.
            clinux_kill(child)
            if descriptor >= 0 { close(descriptor) }
            descriptor = -1
        }
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        guard !rows.isEmpty else { throw .notApplicable(reason: "agent.conf has no [probe]") }
        let boot = now.bootNanoseconds
        for row in rows where row.success < 0 { define(row, &readings) }
        for row in rows {
            if row.child > 0, let answer = progress(of: row, at: boot) {
                show(answer, of: row, &readings, now)
            }
        }
        var running = rows.count { $0.child > 0 }
        for row in rows where row.child <= 0 && boot >= row.dueAt && running < Self.childrenMax {
            start(row, at: boot)
            if row.child > 0 { running += 1 }
        }
    }

    // MARK: Children

    private func start(_ row: Row, at boot: UInt64) {
        row.dueAt = boot &+ row.probe.everyMilliseconds * 1_000_000
        row.startedAt = boot
        row.received = []
        var output: Int32 = -1
        let pid = unsafe clinux_helper(
            { output, context in
                guard let context = unsafe context else { return }
                let row = unsafe Unmanaged<Row>.fromOpaque(context).takeUnretainedValue()
                // The programs that a look starts get pipes at 0 to 2, which must not be those of others.
                for _ in 0..<3 { _ = unsafe open("/dev/null", O_RDWR) }
                let bytes = ProbeWork.look(row.probe).bytes
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = unsafe rest.withUnsafeBytes { unsafe write(output, $0.baseAddress, $0.count) }
                    guard count > 0 else { return }
                    rest = rest.dropFirst(count)
                }
            }, Unmanaged.passUnretained(row).toOpaque(), &output)
        guard pid > 0 else { return }
        row.child = pid
        row.descriptor = output
    }

    /// The answer, once its child has said all; nil while it is at work.
    private func progress(of row: Row, at boot: UInt64) -> ProbeAnswer? {
        while row.descriptor >= 0 {
            let descriptor = row.descriptor
            let count = unsafe space.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count > 0, row.received.count < ProbeAnswer.bytesMax {
                row.received += space[..<count]
                continue
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN {
                let limit = row.probe.timeoutMilliseconds * 1_000_000 &+ Self.patienceNanoseconds
                guard boot &- row.startedAt > limit else { return nil }
                row.received = []
            }
            close(row.descriptor)
            row.descriptor = -1
            clinux_kill(row.child)
        }
        guard clinux_reap(row.child) != 0 else { return nil }
        row.child = -1
        return ProbeAnswer(row.received) ?? .bad("its child died")
    }

    // MARK: Series

    /// What it tells is there from the first, without a value before its first answer, which may take minutes.
    private func define(_ row: Row, _ readings: inout Readings) {
        let labels: Labels = ["probe": row.probe.name]
        func define(_ name: String, _ scale: SampleScale) -> Int {
            let slot = readings.define(
                SeriesDefinition(SeriesKey("martlet_probe_\(name)", labels), .gauge, scale))
            readings[slot] = scale.absent
            return slot
        }
        row.success = define("success", .one)
        row.duration = define("duration_seconds", .ratio(multiplier: 1, divisor: 1_000_000_000))
        row.moment = define("timestamp_seconds", .ratio(multiplier: 1, divisor: 1000))
        if row.probe.kind == .tls {
            row.notAfter = define("tls_not_after_timestamp_seconds", .one)
        }
    }

    private func show(_ answer: ProbeAnswer, of row: Row, _ readings: inout Readings, _ now: TickTime) {
        readings[row.success] = answer.isGood ? 1 : 0
        readings[row.duration] = Int64(clamping: answer.nanoseconds)
        readings[row.moment] = now.wall.milliseconds
        if let end = answer.notAfter, row.notAfter >= 0 { readings[row.notAfter] = end }
        showVersion(answer, of: row, &readings)
        showOutput(answer, of: row, &readings)
    }

    /// The version is a label, as `*_info` series have it; an answer without one ends the series.
    private func showVersion(_ answer: ProbeAnswer, of row: Row, _ readings: inout Readings) {
        guard answer.version != row.version else { return }
        if row.versionSlot >= 0 { readings.retire(row.versionSlot) }
        row.versionSlot = -1
        row.version = answer.version
        guard !answer.version.isEmpty else { return }
        let key = SeriesKey(
            "martlet_probe_version_info", ["probe": row.probe.name, "version": answer.version])
        row.versionSlot = readings.define(SeriesDefinition(key, .gauge))
        readings[row.versionSlot] = 1
    }

    /// A check that failed may not have come to all that it tells: what it left out is not gone, and has no value.
    private func showOutput(_ answer: ProbeAnswer, of row: Row, _ readings: inout Readings) {
        guard row.probe.kind == .run else { return }
        var found: [SeriesKey: (definition: SeriesDefinition, value: Double)] = [:]
        let series = ProbeOutput.series(answer.output, of: row.probe.name).prefix(Self.outputSeriesMax)
        for (definition, value) in series {
            found[definition.key] = (definition, value)
        }
        let keepsOthers = !answer.isGood && row.output.count <= Self.outputSeriesMax
        for (key, known) in row.output where found[key]?.definition != known.definition {
            if keepsOthers, found[key] == nil {
                readings[known.slot] = known.definition.scale.absent
                continue
            }
            readings.retire(known.slot)
            row.output[key] = nil
        }
        for (key, new) in found {
            let slot = row.output[key]?.slot ?? readings.define(new.definition)
            row.output[key] = (slot, new.definition)
            readings[slot] = Int64(bitPattern: new.value.bitPattern)
        }
    }
}
