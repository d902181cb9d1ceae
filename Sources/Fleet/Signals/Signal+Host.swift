/// Signals that a host has once. Names that rules use, and those that only screens show.
extension Signal {
    static let hostSignals = processorSignals + memorySignals + kernelSignals + agentSignals

    private static let processorSignals = [
        Signal(
            "cpu", .ratio, "CPU%", "time not idle, mean of all CPUs", over: 60, polarity: .lowIsGood,
            promQL:
                #"avg by (instance) (sum by (instance, cpu) (rate(node_cpu_seconds_total{mode!~"idle|iowait"}[W])))"#
        ),
        Signal(
            "cpu.user", .ratio, "USER%", "time in programs, mean of all CPUs", over: 60,
            polarity: .lowIsGood),
        Signal(
            "cpu.system", .ratio, "SYS%", "time in the kernel, mean of all CPUs", over: 60,
            polarity: .lowIsGood),
        Signal(
            "cpu.irq", .ratio, "IRQ%", "time in interrupts, mean of all CPUs", over: 60, polarity: .lowIsGood),
        Signal(
            "cpu.iowait", .ratio, "IOWAIT%", "idle time while I/O was waited for", over: 300,
            polarity: .lowIsGood,
            promQL: #"avg by (instance) (rate(node_cpu_seconds_total{mode="iowait"}[W]))"#),
        Signal(
            "cpu.steal", .ratio, "STEAL%", "time the hypervisor gave to others", over: 300,
            polarity: .lowIsGood,
            promQL: #"avg by (instance) (rate(node_cpu_seconds_total{mode="steal"}[W]))"#),
        Signal(
            "load.1", .number, "LOAD1", "processes that run or wait, mean of 1 minute", polarity: .lowIsGood),
        Signal(
            "load.5", .number, "LOAD5", "processes that run or wait, mean of 5 minutes", polarity: .lowIsGood),
        Signal(
            "load.15", .number, "LOAD15", "processes that run or wait, mean of 15 minutes",
            polarity: .lowIsGood),
        Signal(
            "load.per_core", .number, "LOAD/CPU", "5-minute load over the number of CPUs",
            polarity: .lowIsGood, scale: .to(1),
            promQL:
                #"max by (instance) (node_load5) / count by (instance) (node_cpu_seconds_total{mode="idle"})"#
        ),
        Signal(
            "pressure.cpu", .ratio, "CPU-P%", "time in which a process waited for a CPU", over: 60,
            polarity: .lowIsGood, promQL: "rate(node_pressure_cpu_waiting_seconds_total[W])"),
        Signal(
            "pressure.memory", .ratio, "MEM-P%", "time in which a process waited for memory", over: 60,
            polarity: .lowIsGood, promQL: "rate(node_pressure_memory_waiting_seconds_total[W])"),
        Signal(
            "pressure.memory.full", .ratio, "MEM-F%", "time in which all processes waited for memory",
            over: 60,
            polarity: .lowIsGood),
        Signal(
            "pressure.io", .ratio, "IO-P%", "time in which a process waited for I/O", over: 60,
            polarity: .lowIsGood, promQL: "rate(node_pressure_io_waiting_seconds_total[W])"),
        Signal(
            "pressure.io.full", .ratio, "IO-F%", "time in which all processes waited for I/O", over: 60,
            polarity: .lowIsGood, promQL: "rate(node_pressure_io_stalled_seconds_total[W])"),
    ]

    private static let memorySignals = [
        Signal(
            "memory.used", .ratio, "MEM%", "memory that cannot be had without swapping", polarity: .lowIsGood,
            promQL: "1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes"),
        Signal(
            "memory.available", .bytes, "AVAIL", "memory to be had without swapping", polarity: .highIsGood,
            promQL: "node_memory_MemAvailable_bytes"),
        Signal("memory.total", .bytes, "MEM", "memory of the host"),
        Signal("memory.free", .bytes, "FREE", "memory that holds nothing"),
        Signal("memory.cached", .bytes, "CACHED", "memory that holds file contents"),
        Signal("memory.buffers", .bytes, "BUFFERS", "memory that holds file system blocks"),
        Signal("memory.anonymous", .bytes, "ANON", "memory of processes that no file backs"),
        Signal(
            "swap.used", .ratio, "SWAP%", "swap in use", polarity: .lowIsGood,
            promQL: "1 - node_memory_SwapFree_bytes / node_memory_SwapTotal_bytes"),
        Signal("swap.total", .bytes, "SWAP", "swap of the host"),
        Signal(
            "swap.rate", .perSecond, "SWAP/s", "pages swapped in and out", over: 60, polarity: .lowIsGood,
            promQL: "rate(node_vmstat_pswpin[W]) + rate(node_vmstat_pswpout[W])"),
        Signal(
            "oom.kills", .count, "OOM", "processes killed for want of memory", over: 600,
            polarity: .lowIsGood, promQL: "increase(node_vmstat_oom_kill[W])"),
    ]

    private static let kernelSignals = [
        Signal(
            "processes.running", .count, "RUN", "threads that run or wait for a CPU", polarity: .lowIsGood),
        Signal("processes.blocked", .count, "BLOCKED", "threads that wait for I/O", polarity: .lowIsGood),
        Signal("processes.total", .count, "PROCS", "processes of the host"),
        Signal("context.switches", .perSecond, "CTXSW/s", "switches from one thread to another", over: 60),
        Signal("interrupts", .perSecond, "INTR/s", "interrupts served", over: 60),
        Signal(
            "tcp.retransmits", .ratio, "RETR%", "TCP segments that were sent again", over: 300,
            polarity: .lowIsGood,
            promQL: "rate(node_netstat_Tcp_RetransSegs[W]) / rate(node_netstat_Tcp_OutSegs[W])"),
        Signal(
            "conntrack.used", .ratio, "CONNTR%", "entries of the connection table in use",
            polarity: .lowIsGood,
            promQL: "node_nf_conntrack_entries / node_nf_conntrack_entries_limit"),
        Signal(
            "files.used", .ratio, "FILES%", "open files against the kernel's limit", polarity: .lowIsGood,
            promQL: "node_filefd_allocated / node_filefd_maximum"),
        Signal(
            "clock.offset", .seconds, "CLOCK", "distance of the clock from its reference",
            polarity: .lowIsGood, promQL: "abs(node_timex_offset_seconds)"),
        Signal(
            "host.uptime", .seconds, "UPTIME", "time since the host started", polarity: .highIsGood,
            promQL: "node_time_seconds - node_boot_time_seconds"),
        Signal(
            "host.silent", .seconds, "SILENT", "time since the host's last frame", polarity: .lowIsGood,
            promQL: "time() - martlet_host_last_frame_timestamp_seconds"),
        Signal(
            "fleet.silent_ratio", .ratio, "SILENT%", "share of the hosts that are silent", per: [],
            polarity: .lowIsGood, promQL: "avg(martlet_host_is_silent)"),
    ]

    private static let agentSignals = [
        Signal("agent.cpu", .ratio, "AGENT%", "CPU time of the agent", over: 60, polarity: .lowIsGood),
        Signal("agent.memory", .bytes, "AGENT", "resident memory of the agent", polarity: .lowIsGood),
        Signal(
            "agent.dropped", .count, "DROPPED", "records that the agent had to drop", over: 600,
            polarity: .lowIsGood, promQL: "increase(martlet_agent_dropped_total[W])"),
    ]
}
