import Telemetry

/// What is known of one process between two readings of it.
struct ProcessEntry {
    /// What /proc/PID/io says of reads and writes, which only its owner and root may read.
    enum IO {
        /// Nobody has looked yet.
        case unknown
        /// We may not look.
        case denied
        /// Bytes since the start, and bytes a second over the last reading.
        case known(bytes: UInt64, perSecond: UInt64)
    }

    let pid: Int32
    var stat = ProcessStat()
    /// Kept open; negative where there are too many, or before the first reading.
    var descriptor: Int32 = -1
    /// The last pass that met it.
    var pass: UInt64 = 0
    /// Monotonic nanoseconds of the last reading.
    var readAt: UInt64 = 0
    var cpuHundredths: Int32 = 0
    var io = IO.unknown
    var user: UInt32 = 0
    /// `stat.command` as text.
    var command = ""
    var commandLine = ""
    var unit = ""
    /// Boot nanoseconds at which the details were asked for; zero for never.
    var detailsAt: UInt64 = 0

    static let nanosecondsPerTick: UInt64 = 10_000_000

    init(pid: Int32) {
        self.pid = pid
    }

    /// Takes the first reading of a process: its share is that since its start.
    mutating func begin(_ new: ProcessStat, at time: UInt64, bootTicks: UInt64) {
        stat = new
        command = new.command.text
        readAt = time
        let age = bootTicks > new.startTicks ? bootTicks - new.startTicks : 1
        cpuHundredths = Self.share(
            ticks: new.cpuTicks, nanoseconds: Double(age) * Double(Self.nanosecondsPerTick))
        io = .unknown
        commandLine = ""
        unit = ""
        detailsAt = 0
    }

    /// Takes a further reading; how many nanoseconds lie between the two.
    mutating func update(_ new: ProcessStat, at time: UInt64) -> UInt64 {
        let passed = time > readAt ? time - readAt : 0
        let ticks = new.cpuTicks > stat.cpuTicks ? new.cpuTicks - stat.cpuTicks : 0
        if passed > 0 { cpuHundredths = Self.share(ticks: ticks, nanoseconds: Double(passed)) }
        // Another program: what was known of the one before does not hold.
        if new.command != stat.command {
            command = new.command.text
            detailsAt = 0
        }
        stat = new
        readAt = time
        return passed
    }

    /// `ticks` of 10 ms in `nanoseconds`, in hundredths of a percent of one core.
    private static func share(ticks: UInt64, nanoseconds: Double) -> Int32 {
        let share = Double(ticks) * Double(nanosecondsPerTick) / nanoseconds * 10_000
        return Int32(min(share, Double(Int32.max / 2)))
    }

    var ioPerSecond: UInt64? {
        if case .known(_, let perSecond) = io { perSecond } else { nil }
    }

    func row(pageSize: UInt64, user: String) -> ProcessRow {
        ProcessRow(
            pid: pid, parent: stat.parent, startTicks: stat.startTicks, state: stat.state, user: user,
            cpuHundredths: cpuHundredths, cpuMilliseconds: stat.cpuTicks &* 10,
            residentBytes: stat.residentPages &* pageSize, ioBytesPerSecond: ioPerSecond,
            threads: stat.threads,
            command: command, commandLine: commandLine, unit: unit)
    }
}
