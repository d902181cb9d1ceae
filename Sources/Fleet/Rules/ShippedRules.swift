/// The rules that are on without a file: quiet on a healthy machine, and each one is something a
/// person would act on.
package enum ShippedRules {
    /// One of the table: name, severity, condition, and where it has them its clear line and its selector.
    package struct Row: Sendable {
        package let name: String
        package let severity: Severity
        package let when: String
        package var clear: String?
        package var selector: String?
    }

    /// The place of a shipped rule.
    package static let file = "(shipped)"

    package static let table: [Row] = [
        Row(name: "HubCutOff", severity: .critical, when: "fleet.silent_ratio > 50% for 10s"),
        Row(name: "HostSilent", severity: .critical, when: "host.silent > 60s"),
        Row(name: "ProbeDown", severity: .critical, when: "probe.up == 0 for 30s"),
        Row(
            name: "HttpErrors", severity: .critical,
            when: "http.error_ratio > 5% and http.errors > 0.2/s for 2m",
            clear: "http.error_ratio < 2% for 5m"),
        Row(name: "HttpSlow", severity: .warning, when: "http.p99(5m) > 5s and http.rate(5m) > 1/s for 10m"),
        // Small, full by nature, never at night.
        Row(name: "DiskFull", severity: .warning, when: "never", selector: "mount=/boot*"),
        Row(
            name: "DiskFull", severity: .critical, when: "disk.used > 97% and disk.free < 10GiB for 5m",
            clear: "disk.used < 95% for 5m"),
        Row(name: "DiskFullSoon", severity: .critical, when: "disk.full_in < 3h and disk.used > 80% for 10m"),
        Row(name: "DiskFilling", severity: .warning, when: "disk.full_in < 24h and disk.used > 60% for 1h"),
        Row(name: "InodesLow", severity: .warning, when: "inodes.used > 95% for 10m"),
        Row(
            name: "MemoryTight", severity: .warning,
            when: "memory.used > 95% and pressure.memory > 10% for 5m"),
        Row(name: "OomKill", severity: .warning, when: "oom.kills(10m) > 0"),
        Row(name: "IoStalled", severity: .warning, when: "pressure.io.full > 50% for 10m"),
        Row(name: "CpuBusy", severity: .info, when: "cpu(5m) > 95% for 30m"),
        Row(name: "CpuStolen", severity: .info, when: "cpu.steal > 20% for 15m"),
        Row(name: "UnitFailed", severity: .warning, when: "unit.failed == 1 for 1m"),
        Row(name: "UnitFlapping", severity: .warning, when: "unit.restarts(10m) > 3"),
        Row(name: "RaidDegraded", severity: .critical, when: "raid.missing > 0 for 1m"),
        Row(name: "ClockOff", severity: .warning, when: "clock.offset > 500ms for 10m"),
        Row(name: "FilesLow", severity: .warning, when: "files.used > 80% for 5m"),
        Row(name: "TlsExpiring", severity: .critical, when: "tls.expires_in < 3d for 1m"),
        Row(name: "TlsExpiringSoon", severity: .warning, when: "tls.expires_in < 14d for 1h"),
        Row(
            name: "LogUnreadable", severity: .info,
            when: "log.unparsed_ratio > 20% and log.rate(5m) > 1/s for 10m"),
        Row(name: "AgentDropping", severity: .info, when: "agent.dropped(10m) > 0"),
        Row(name: "Rebooted", severity: .info, when: "host.uptime < 10m"),
    ]

    /// The table read by the same reader as a file's rules; a row that it refuses is not in it, which a test holds.
    package static let rules: [Rule] = RuleReader.shipped(table)
}
