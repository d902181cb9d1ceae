import Wire

/// Slots of the lines of a file that names its values: found by place and proven by name, so that a warm read
/// compares bytes and looks nothing up.
struct NamedLines {
    private var names: [[UInt8]] = []
    /// By line; -1 where the line is no series of ours.
    private var slots: [Int] = []
    private var line = 0

    mutating func begin() {
        line = 0
    }

    /// The slot of the next line, whose name is `bytes[range]`; -1 for a line that is left out.
    ///
    /// `definition` is asked once for each name, when it is first seen in this place.
    mutating func slot(
        _ bytes: Span<UInt8>, _ range: Range<Int>, _ readings: inout Readings,
        definition: (String) -> SeriesDefinition?
    ) -> Int {
        defer { line += 1 }
        if line < names.count, Fields.equal(bytes, range, names[line]) { return slots[line] }
        retire(from: line, &readings)
        let name = Fields.text(bytes, range)
        names.append(Fields.array(bytes, range))
        slots.append(definition(name).map { readings.define($0) } ?? -1)
        return slots[line]
    }

    /// Ends the series of lines that were not there this time.
    mutating func end(_ readings: inout Readings) {
        if line < names.count { retire(from: line, &readings) }
    }

    private mutating func retire(from first: Int, _ readings: inout Readings) {
        while names.count > first {
            names.removeLast()
            let slot = slots.removeLast()
            if slot >= 0 { readings.retire(slot) }
        }
    }
}
