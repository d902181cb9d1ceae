/// One array of /proc/mdstat.
struct MDStatus {
    enum Activity {
        case active, inactive, recovering, resync, check
    }

    /// Where its name is in the bytes.
    let name: Range<Int>
    var activity = Activity.inactive
    var disksRequired: Int64 = 0
    var disksActive: Int64 = 0
    var disksFailed: Int64 = 0
    var disksSpare: Int64 = 0
    /// Missing from the array: `_` of `[U_]`.
    var disksDown: Int64 = 0
    /// Of 1024 bytes each.
    var blocks: Int64 = 0
    var blocksSynced: Int64 = 0

    /// Reads the lines of one array, or passes over one other line and is nil.
    init?(_ bytes: Span<UInt8>, _ offset: inout Int) {
        let name = Fields.word(bytes, &offset)
        let colon = Fields.word(bytes, &offset)
        guard !name.isEmpty, colon.count == 1, bytes[colon.lowerBound] == UInt8(ascii: ":"),
            !Fields.starts("Personalities", bytes, name.lowerBound)
        else {
            Fields.skipLine(bytes, &offset)
            return nil
        }
        self.name = name
        let isStriped = takeMembers(bytes, &offset)
        Fields.skipLine(bytes, &offset)
        takeBlocks(bytes, &offset, isStriped: isStriped)
        // The bitmap's line, and that of a resync, in either order; then an empty line, or the file's end.
        while offset < bytes.count, bytes[offset] == 0x20 || bytes[offset] == 0x09 {
            takeProgress(bytes, &offset)
        }
    }

    /// `active raid1 sdb1[1] sda1[0](F)`: whether the level has no redundancy, so that all members count.
    private mutating func takeMembers(_ bytes: Span<UInt8>, _ offset: inout Int) -> Bool {
        var members: Int64 = 0
        var isStriped = false
        while true {
            let word = Fields.word(bytes, &offset)
            guard !word.isEmpty else { break }
            let start = word.lowerBound
            if Fields.starts("active", bytes, start) { activity = .active }
            if Fields.starts("raid0", bytes, start) || Fields.starts("linear", bytes, start) {
                isStriped = true
            }
            for place in word {
                if bytes[place] == UInt8(ascii: "[") { members += 1 }
                if Fields.starts("(F)", bytes, place) { disksFailed += 1 }
                if Fields.starts("(S)", bytes, place) { disksSpare += 1 }
            }
        }
        if isStriped {
            disksRequired = members
            disksActive = members
        }
        return isStriped
    }

    /// `1953382400 blocks super 1.2 [2/1] [_U]`.
    private mutating func takeBlocks(_ bytes: Span<UInt8>, _ offset: inout Int, isStriped: Bool) {
        if let count = Fields.raw(bytes, &offset), count >= 0 { blocks = count }
        blocksSynced = blocks
        while !isStriped, offset < bytes.count, bytes[offset] != 0x0A {
            guard bytes[offset] == UInt8(ascii: "[") else {
                offset += 1
                continue
            }
            offset += 1
            if let required = Fields.raw(bytes, &offset), Fields.take("/", bytes, &offset),
                let active = Fields.raw(bytes, &offset)
            {
                (disksRequired, disksActive) = (required, active)
            }
            while offset < bytes.count,
                bytes[offset] == UInt8(ascii: "U") || bytes[offset] == UInt8(ascii: "_")
            {
                if bytes[offset] == UInt8(ascii: "_") { disksDown += 1 }
                offset += 1
            }
        }
        Fields.skipLine(bytes, &offset)
    }

    /// `recovery = 8.5% (166033728/1953382400) …`, or `resync=PENDING`.
    private mutating func takeProgress(_ bytes: Span<UInt8>, _ offset: inout Int) {
        var isProgress = false
        while offset < bytes.count, bytes[offset] != 0x0A {
            if let found = Self.activity(bytes, offset) {
                activity = found
                blocksSynced = 0
                isProgress = true
            }
            if isProgress, Fields.take("(", bytes, &offset) {
                if let synced = Fields.raw(bytes, &offset), synced >= 0 { blocksSynced = synced }
            } else {
                offset += 1
            }
        }
        Fields.skipLine(bytes, &offset)
    }

    private static func activity(_ bytes: Span<UInt8>, _ offset: Int) -> Activity? {
        if Fields.starts("recovery", bytes, offset) { return .recovering }
        if Fields.starts("resync", bytes, offset) { return .resync }
        if Fields.starts("check", bytes, offset) { return .check }
        return nil
    }
}
