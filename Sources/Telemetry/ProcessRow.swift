/// One process at one time, as the process table shows it.
package struct ProcessRow: Hashable, Sendable {
    package var pid: Int32
    package var parent: Int32
    /// Clock ticks after boot at which the process started; with `pid` its identity.
    package var startTicks: UInt64
    /// The kernel's one-letter state: R S D Z T I.
    package var state: UInt8
    package var user: String
    /// Share of one core since the previous table, 0.01 % units: 10,000 is one whole core.
    package var cpuHundredths: Int32
    /// CPU time since the start, in milliseconds.
    package var cpuMilliseconds: UInt64
    package var residentBytes: UInt64
    /// Bytes a second read from and written to storage; nil where the host does not let us see.
    package var ioBytesPerSecond: UInt64?
    package var threads: Int32
    /// The program's name as the kernel has it, up to 15 bytes.
    package var command: String
    /// Program and arguments, masked as configured; empty for kernel threads or where unread.
    package var commandLine: String
    /// The systemd unit or container it belongs to, empty where unknown.
    package var unit: String

    package init(
        pid: Int32, parent: Int32, startTicks: UInt64, state: UInt8, user: String,
        cpuHundredths: Int32, cpuMilliseconds: UInt64, residentBytes: UInt64,
        ioBytesPerSecond: UInt64?, threads: Int32, command: String, commandLine: String, unit: String
    ) {
        self.pid = pid
        self.parent = parent
        self.startTicks = startTicks
        self.state = state
        self.user = user
        self.cpuHundredths = cpuHundredths
        self.cpuMilliseconds = cpuMilliseconds
        self.residentBytes = residentBytes
        self.ioBytesPerSecond = ioBytesPerSecond
        self.threads = threads
        self.command = command
        self.commandLine = commandLine
        self.unit = unit
    }
}

/// The processes of a host at one time: all of them, or the busiest by CPU, memory and I/O.
package struct ProcessTable: Hashable, Sendable {
    package var time: Timestamp
    /// Whether `rows` holds every process of the host.
    package var isComplete: Bool
    /// How many processes the host has, whatever `rows` holds.
    package var total: Int32
    package var rows: [ProcessRow]

    package init(time: Timestamp, isComplete: Bool, total: Int32, rows: [ProcessRow]) {
        self.time = time
        self.isComplete = isComplete
        self.total = total
        self.rows = rows
    }
}
