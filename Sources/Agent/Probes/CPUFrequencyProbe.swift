import Telemetry
import Wire

/// Frequencies of each CPU in kHz, /sys/devices/system/cpu/cpu*/cpufreq; kernel's cpufreq document.
///
/// `scaling_cur_freq` samples the CPU's own counters, which wakes idle CPUs: read each ten seconds, the limits
/// each minute.
package final class CPUFrequencyProbe: Probe {
    package let name = "cpufreq"
    package let tier = Tier.tenSeconds
    private var folder: DeviceFolder
    private var current: NumberFiles
    private var limits: NumberFiles
    private var rounds = 0

    private static let kilohertz = SampleScale.ratio(multiplier: 1000, divisor: 1)
    private static let limitFiles = [
        ("scaling_min_freq", "scaling_frequency_min_hertz"),
        ("scaling_max_freq", "scaling_frequency_max_hertz"),
        ("cpuinfo_min_freq", "frequency_min_hertz"), ("cpuinfo_max_freq", "frequency_max_hertz"),
    ]

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        folder = DeviceFolder(paths.sys("devices/system/cpu"), prefix: "cpu", buffer)
        current = NumberFiles(buffer)
        limits = NumberFiles(buffer)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let reason = "this machine's CPU frequencies are not visible"
        let changed = try unlessAbsent(reason) { () throws(ProbeError) in try folder.changed() }
        if let names = changed {
            current.retireAll(&readings)
            limits.retireAll(&readings)
            for name in names where Int(name.dropFirst(3)) != nil { add(name, &readings) }
        }
        guard !current.isEmpty || !limits.isEmpty else { throw .notApplicable(reason: reason) }
        current.read(&readings)
        if rounds % 6 == 0 { limits.read(&readings) }
        rounds += 1
    }

    private func add(_ cpu: String, _ readings: inout Readings) {
        let path = "\(folder.path)/\(cpu)/cpufreq"
        let labels: Labels = ["cpu": String(cpu.dropFirst(3))]
        func definition(_ metric: String) -> SeriesDefinition {
            SeriesDefinition(SeriesKey("node_cpu_\(metric)", labels), .gauge, Self.kilohertz)
        }
        current.add("\(path)/scaling_cur_freq", definition("scaling_frequency_hertz"), &readings)
        for (file, metric) in Self.limitFiles { limits.add("\(path)/\(file)", definition(metric), &readings) }
    }
}
