/// What one line of /proc/PID/stat says, proc_pid_stat(5); fields by their numbers there.
package struct ProcessStat: Equatable {
    /// The program's name, 15 bytes of it at most, as two words that are fast to compare.
    package var command = CommandName()
    /// 3: the state's letter.
    package var state: UInt8 = 0
    /// 4.
    package var parent: Int32 = 0
    /// 9, bit 21: a thread of the kernel, which has no memory and no arguments.
    package var isKernelThread = false
    /// 14 and 15 together: clock ticks of CPU time since the start.
    package var cpuTicks: UInt64 = 0
    /// 20.
    package var threads: Int32 = 0
    /// 22: clock ticks after boot.
    package var startTicks: UInt64 = 0
    /// 24.
    package var residentPages: UInt64 = 0

    /// The longest line that a kernel writes is well below.
    static let bytesMax = 2048

    /// nil where the line is not one of a process.
    package static func parse(_ bytes: Span<UInt8>) -> ProcessStat? {
        // A name may hold blanks and parentheses: it ends at the last one.
        var close = bytes.count
        while close > 0, bytes[close - 1] != UInt8(ascii: ")") { close -= 1 }
        var open = 0
        while open < close, bytes[open] != UInt8(ascii: "(") { open += 1 }
        guard open + 1 < close else { return nil }
        var stat = ProcessStat()
        stat.command = CommandName(bytes, (open + 1)..<(close - 1))
        var offset = close
        let state = Fields.word(bytes, &offset)
        guard state.count == 1, let parent = Fields.signed(bytes, &offset) else { return nil }
        stat.state = bytes[state.lowerBound]
        stat.parent = Int32(clamping: parent)
        skip(4, bytes, &offset)
        guard let flags = Fields.decimal(bytes, &offset) else { return nil }
        stat.isKernelThread = flags & 0x20_0000 != 0
        skip(4, bytes, &offset)
        guard let user = Fields.decimal(bytes, &offset), let system = Fields.decimal(bytes, &offset) else {
            return nil
        }
        stat.cpuTicks = user.addingReportingOverflow(system).partialValue
        skip(4, bytes, &offset)
        guard let threads = Fields.signed(bytes, &offset) else { return nil }
        stat.threads = Int32(clamping: threads)
        skip(1, bytes, &offset)
        guard let start = Fields.decimal(bytes, &offset) else { return nil }
        stat.startTicks = start
        skip(1, bytes, &offset)
        guard let resident = Fields.signed(bytes, &offset) else { return nil }
        stat.residentPages = UInt64(max(0, resident))
        return stat
    }

    private static func skip(_ count: Int, _ bytes: Span<UInt8>, _ offset: inout Int) {
        for _ in 0..<count {
            while offset < bytes.count, bytes[offset] == 0x20 { offset += 1 }
            while offset < bytes.count, bytes[offset] > 0x20 { offset += 1 }
        }
    }
}

/// A program's name as the kernel keeps it: up to 15 bytes, more of a kernel thread's are cut.
package struct CommandName: Hashable {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    package init() {}

    package init(_ bytes: Span<UInt8>, _ range: Range<Int>) {
        for place in 0..<min(range.count, 15) {
            let byte = UInt64(bytes[range.lowerBound + place])
            if place < 8 { low |= byte << UInt64(8 * place) } else { high |= byte << UInt64(8 * (place - 8)) }
        }
    }

    package var text: String {
        var bytes: [UInt8] = []
        for word in [low, high] {
            for place in 0..<8 {
                let byte = UInt8(truncatingIfNeeded: word >> UInt64(8 * place))
                if byte != 0 { bytes.append(byte) }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
