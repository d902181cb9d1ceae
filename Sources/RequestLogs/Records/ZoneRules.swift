/// How far a zone is from UTC, at any time: the transitions of its file (TZif, RFC 8536), and behind the last of them the
/// rule in the file's footer (POSIX's TZ).
package struct ZoneRules: Sendable, Equatable {
    package static let utc = ZoneRules(seconds: 0)
    /// Transitions of a file that are kept; those of Europe/London since 1847 are 244.
    private static let transitionsMax = 4096

    /// Seconds since 1970 from which on, and the seconds east of Greenwich then.
    private var transitions: [(from: Int64, east: Int64)] = []
    /// Before the first transition.
    private let first: Int64
    /// Behind the last one; nil holds on to it.
    private var rule: ZoneRule?

    /// The same distance at all times, in seconds east of Greenwich.
    package init(seconds: Int64) {
        first = seconds
    }

    /// Reads a file of /usr/share/zoneinfo; nil where it is none, or a damaged one.
    package init?(_ file: [UInt8]) {
        var reader = TZifReader(file)
        guard var header = reader.header() else { return nil }
        var width = 4
        if header.version >= 0x32 {
            guard reader.skip(header.bodyCount(width: 4)), let second = reader.header() else { return nil }
            header = second
            width = 8
        }
        guard header.times <= Self.transitionsMax, header.types > 0, header.types <= 256,
            let times = reader.numbers(header.times, width: width), let kinds = reader.bytes(header.times),
            let types = reader.bytes(header.types * 6)
        else { return nil }
        var distances: [Int64] = []
        for start in stride(from: 0, to: types.count, by: 6) {
            var value: UInt32 = 0
            for place in start..<start + 4 { value = value << 8 | UInt32(types[place]) }
            distances.append(Int64(Int32(bitPattern: value)))
        }
        first = distances[0]
        for (time, kind) in zip(times, kinds) {
            guard Int(kind) < distances.count, time > transitions.last?.from ?? .min else { return nil }
            transitions.append((time, distances[Int(kind)]))
        }
        guard width == 8 else { return }
        let rest = header.characters + header.leaps * 12 + header.standards + header.universals
        guard reader.skip(rest) else { return nil }
        rule = ZoneRule(reader.footer())
    }

    /// Seconds east of Greenwich at a time in seconds since 1970.
    package func secondsEast(at time: Int64) -> Int64 {
        guard let last = transitions.last else { return rule?.secondsEast(at: time) ?? first }
        if time >= last.from { return rule?.secondsEast(at: time) ?? last.east }
        guard time >= transitions[0].from else { return first }
        var (low, high) = (0, transitions.count - 1)
        while high - low > 1 {
            let middle = (low + high) / 2
            if transitions[middle].from <= time { low = middle } else { high = middle }
        }
        return transitions[low].east
    }

    /// The same at what a clock on the wall shows, in seconds as though it were UTC. An hour that comes twice is the first
    /// of the two; one that is left out counts as before the leap.
    package func secondsEast(atLocal clock: Int64) -> Int64 {
        let (before, after) = (secondsEast(at: clock - 86_400), secondsEast(at: clock + 86_400))
        if before == after { return secondsEast(at: clock - before) }
        return secondsEast(at: clock - before) == before || secondsEast(at: clock - after) != after
            ? before : after
    }

    package static func == (left: ZoneRules, right: ZoneRules) -> Bool {
        left.first == right.first && left.rule == right.rule
            && left.transitions.elementsEqual(right.transitions) { $0 == $1 }
    }
}

/// Takes the parts of a TZif file off its front; all numbers are big-endian.
private struct TZifReader {
    struct Header {
        var version: UInt8 = 0
        var universals = 0
        var standards = 0
        var leaps = 0
        var times = 0
        var types = 0
        var characters = 0

        func bodyCount(width: Int) -> Int {
            times * (width + 1) + types * 6 + characters + leaps * (width + 4) + standards + universals
        }
    }

    private static let countMax = 1 << 20
    private let file: [UInt8]
    private var place = 0

    init(_ file: [UInt8]) {
        self.file = file
    }

    /// `TZif`, the version, fifteen bytes of nothing, six counts of four bytes.
    mutating func header() -> Header? {
        guard file.count - place >= 44, file[place...].starts(with: "TZif".utf8) else { return nil }
        var header = Header()
        header.version = file[place + 4]
        place += 20
        guard let counts = numbers(6, width: 4),
            counts.allSatisfy({ (0...Int64(Self.countMax)).contains($0) })
        else { return nil }
        header.universals = Int(counts[0])
        header.standards = Int(counts[1])
        header.leaps = Int(counts[2])
        header.times = Int(counts[3])
        header.types = Int(counts[4])
        header.characters = Int(counts[5])
        return header
    }

    mutating func skip(_ count: Int) -> Bool { bytes(count) != nil }

    mutating func bytes(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= file.count - place else { return nil }
        defer { place += count }
        return ArraySlice(Array(file[place..<place + count]))
    }

    mutating func numbers(_ count: Int, width: Int) -> [Int64]? {
        guard count <= Self.countMax, let bytes = bytes(count * width) else { return nil }
        return (0..<count).map { index in
            var value: UInt64 = 0
            for byte in bytes[index * width..<(index + 1) * width] { value = value << 8 | UInt64(byte) }
            return width == 8
                ? Int64(bitPattern: value) : Int64(Int32(bitPattern: UInt32(truncatingIfNeeded: value)))
        }
    }

    /// What stands between the two line feeds at the end.
    func footer() -> [UInt8] {
        guard place < file.count, file[place] == 0x0A else { return [] }
        return Array(file[(place + 1)...].prefix { $0 != 0x0A })
    }
}
