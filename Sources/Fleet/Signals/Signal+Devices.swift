/// Signals of what a host has several of: CPUs, disks, mounts, network devices, sensors; and their sums.
extension Signal {
    static let deviceSignals = coreSignals + diskSignals + networkSignals + sensorSignals

    private static let coreSignals = [
        Signal(
            "cpu.core", .ratio, "CPU%", "time not idle, of one CPU", over: 60, per: ["host", "cpu"],
            polarity: .lowIsGood)
    ]

    private static let diskSignals = [
        Signal(
            "disk.used", .ratio, "USED%", "space in use, as df counts it", per: ["host", "mount"],
            polarity: .lowIsGood,
            promQL:
                "1 - node_filesystem_avail_bytes / (node_filesystem_size_bytes - node_filesystem_free_bytes + node_filesystem_avail_bytes)"
        ),
        Signal(
            "disk.free", .bytes, "FREE", "space that programs can have", per: ["host", "mount"],
            polarity: .highIsGood, promQL: "node_filesystem_avail_bytes"),
        Signal("disk.size", .bytes, "SIZE", "size of the file system", per: ["host", "mount"]),
        Signal(
            "disk.full_in", .seconds, "FULL IN", "time until the file system is full, at its present pace",
            over: 21_600, per: ["host", "mount"], polarity: .highIsGood,
            promQL: "node_filesystem_avail_bytes / clamp_min(-deriv(node_filesystem_avail_bytes[W]), 0)"),
        Signal("disk.fullest", .ratio, "DISK%", "space in use on the fullest mount", polarity: .lowIsGood),
        Signal(
            "inodes.used", .ratio, "INODES%", "inodes in use", per: ["host", "mount"], polarity: .lowIsGood,
            promQL: "1 - node_filesystem_files_free / node_filesystem_files"),
        Signal(
            "disk.busy", .ratio, "BUSY%", "time in which the disk had work", over: 60,
            per: ["host", "device"],
            polarity: .lowIsGood, promQL: "rate(node_disk_io_time_seconds_total[W])"),
        Signal(
            "disk.busiest", .ratio, "IO%", "time in which the busiest disk had work", over: 60,
            polarity: .lowIsGood),
        Signal(
            "disk.latency", .seconds, "LATENCY", "mean time of a read or write", over: 60,
            per: ["host", "device"], polarity: .lowIsGood,
            promQL:
                "(rate(node_disk_read_time_seconds_total[W]) + rate(node_disk_write_time_seconds_total[W])) / (rate(node_disk_reads_completed_total[W]) + rate(node_disk_writes_completed_total[W]))"
        ),
        Signal("disk.read", .bytesPerSecond, "READ", "bytes read", over: 60, per: ["host", "device"]),
        Signal("disk.write", .bytesPerSecond, "WRITE", "bytes written", over: 60, per: ["host", "device"]),
        Signal(
            "disk.operations", .perSecond, "IO/s", "reads and writes", over: 60, per: ["host", "device"]),
        Signal(
            "raid.missing", .count, "RAID", "disks that an array lacks", per: ["host", "device"],
            polarity: .lowIsGood,
            promQL: #"node_md_disks_required - ignoring (state) node_md_disks{state="active"}"#),
    ]

    private static let networkSignals = [
        Signal(
            "net.receive", .bytesPerSecond, "RX", "bytes received", over: 60, per: ["host", "device"],
            promQL: "rate(node_network_receive_bytes_total[W])"),
        Signal(
            "net.transmit", .bytesPerSecond, "TX", "bytes sent", over: 60, per: ["host", "device"],
            promQL: "rate(node_network_transmit_bytes_total[W])"),
        Signal("net.receive.all", .bytesPerSecond, "RX", "bytes received from other machines", over: 60),
        Signal("net.transmit.all", .bytesPerSecond, "TX", "bytes sent to other machines", over: 60),
        Signal(
            "net.errors", .perSecond, "ERR/s", "packets with errors", over: 300, per: ["host", "device"],
            polarity: .lowIsGood,
            promQL: "rate(node_network_receive_errs_total[W]) + rate(node_network_transmit_errs_total[W])"),
        Signal(
            "net.drops", .perSecond, "DROP/s", "packets dropped", over: 300, per: ["host", "device"],
            polarity: .lowIsGood,
            promQL: "rate(node_network_receive_drop_total[W]) + rate(node_network_transmit_drop_total[W])"),
    ]

    private static let sensorSignals = [
        Signal(
            "temperature", .celsius, "TEMP", "temperature of a sensor", per: ["host", "sensor"],
            polarity: .lowIsGood, scale: .to(100), promQL: "node_hwmon_temp_celsius")
    ]
}
