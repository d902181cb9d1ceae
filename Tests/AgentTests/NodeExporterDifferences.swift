/// What differs from Debian's node_exporter 1.5.0, by name, and why.
enum Differences {
    /// Over the recorded machine: what theirs has and ours leaves out.
    static let recorded: [String: String] = [
        "node_disk_info": "udev's database; no dashboard asks",
        "node_nf_conntrack_stat_drop": "no dashboard asks",
        "node_nf_conntrack_stat_early_drop": "no dashboard asks",
        "node_nf_conntrack_stat_found": "no dashboard asks",
        "node_nf_conntrack_stat_ignore": "no dashboard asks",
        "node_nf_conntrack_stat_insert": "no dashboard asks",
        "node_nf_conntrack_stat_insert_failed": "no dashboard asks",
        "node_nf_conntrack_stat_invalid": "no dashboard asks",
        "node_nf_conntrack_stat_search_restart": "no dashboard asks",
        "node_cpu_frequency_hertz": "cpuinfo_cur_freq asks the hardware and is root's",
    ]

    /// What ours has besides.
    static let onlyOurs: [String: String] = [
        "node_kernel_hung_tasks_total": "newer than 1.5.0",
        "node_kernel_hung_tasks": "the name that dashboard 1860 asks for",
        "node_netstat_Tcp_MaxConn": "dashboard 1860 asks for it, their filter drops it",
        "node_netstat_TcpExt_TCPOFOQueue": "newer than 1.5.0",
        "node_netstat_TcpExt_TCPRcvQDrop": "newer than 1.5.0",
        "node_softnet_received_rps_total": "newer than 1.5.0",
        "node_softnet_flow_limit_count_total": "newer than 1.5.0",
        "node_pressure_irq_stalled_seconds_total": "newer than 1.5.0",
        "node_md_disks": "state=\"down\" is newer than 1.5.0",
        "node_processes_state": "a state that no process is in is not there, and ours is another moment",
        "node_tcp_connection_states": "states that no socket is in are zero, not missing",
    ]

    /// Of the running host: what is not compared.
    static let live: [String: String] = [
        "node_exporter_build_info": "it says which program this is",
        "node_scrape_collector_duration_seconds": "another program's time",
        "node_scrape_collector_success": "an empty folder is success there and nothing to read here",
        "process_cpu_seconds_total": "another process", "process_max_fds": "another process",
        "process_open_fds": "another process", "process_virtual_memory_bytes": "another process",
        "process_virtual_memory_max_bytes": "another process",
    ]

    /// How far a gauge may be outside of theirs, in its own unit: by what the readings themselves and the machine's other
    /// work move in a second.
    static func tolerance(_ name: String) -> Double {
        if let exact = tolerances[name] { return exact }
        if name.hasPrefix("node_memory_") { return 512 * 1_048_576 }
        if name.hasPrefix("node_filesystem_"), name.hasSuffix("_bytes") { return 512 * 1_048_576 }
        if name.hasPrefix("node_sockstat_"), name.hasSuffix("_bytes") { return 4_194_304 }
        if name.hasPrefix("node_sockstat_") { return 1024 }
        return 0
    }

    private static let tolerances: [String: Double] = [
        // Processes and descriptors that come and go, ours among them.
        "node_procs_running": 64, "node_procs_blocked": 64, "node_filefd_allocated": 4096,
        "node_filesystem_files_free": 65_536, "node_processes_threads": 256, "node_processes_pids": 256,
        "node_processes_state": 256,
        // Our question to theirs is a connection.
        "node_tcp_connection_states": 4_194_304, "node_netstat_Tcp_CurrEstab": 64, "node_udp_queues": 65_536,
        "node_nf_conntrack_entries": 256, "node_arp_entries": 16,
        // The load is reckoned each five seconds.
        "node_load1": 4, "node_load5": 2, "node_load15": 1,
        "node_disk_io_now": 256, "node_entropy_available_bits": 256,
        // What the clock discipline corrects meanwhile.
        "node_timex_offset_seconds": 0.01, "node_timex_maxerror_seconds": 1,
        "node_timex_estimated_error_seconds": 1,
        "node_timex_frequency_adjustment_ratio": 0.001,
        // Theirs truncates the tick's hundredth that CPUs report late.
        "node_cpu_seconds_total": 0.05, "node_cpu_guest_seconds_total": 0.05,
        "node_cpu_scaling_frequency_hertz": 5e9, "node_hwmon_temp_celsius": 10, "node_hwmon_fan_rpm": 1000,
    ]
}
