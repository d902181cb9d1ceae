import Wire

/// Small sysfs files that hold one number each, and the slots that show them.
///
/// Files stay open up to a bound, because a machine with 256 CPUs would use up the descriptors; those beyond it are
/// opened anew each time. A file that cannot be read now leaves a gap in its series, not an error.
struct NumberFiles {
    private final class Entry {
        var file: ProbeFile
        let slot: Int
        let absent: Int64

        init(_ path: String, _ buffer: ProbeBuffer, slot: Int, absent: Int64) {
            file = ProbeFile(path, buffer)
            self.slot = slot
            self.absent = absent
        }
    }

    private let buffer: ProbeBuffer
    private var entries: [Entry] = []
    private static let openMax = 48
    private static let filesMax = 2048

    init(_ buffer: ProbeBuffer) {
        self.buffer = buffer
    }

    var isEmpty: Bool { entries.isEmpty }

    /// Defines a series for the file and reads it; false, and no series, where it holds no number.
    @discardableResult
    mutating func add(_ path: String, _ definition: SeriesDefinition, _ readings: inout Readings) -> Bool {
        var file = ProbeFile(path, buffer)
        guard entries.count < Self.filesMax, let value = Self.number(&file) else { return false }
        let slot = readings.define(definition)
        readings[slot] = value
        entries.append(Entry(path, buffer, slot: slot, absent: definition.scale.absent))
        return true
    }

    func read(_ readings: inout Readings) {
        for place in entries.indices {
            let entry = entries[place]
            readings[entry.slot] = Self.number(&entry.file) ?? entry.absent
            if place >= Self.openMax { entry.file.release() }
        }
    }

    mutating func retireAll(_ readings: inout Readings) {
        for entry in entries { readings.retire(entry.slot) }
        entries.removeAll()
    }

    private static func number(_ file: inout ProbeFile) -> Int64? {
        do throws(ProbeError) {
            return try file.read { (bytes) throws(ProbeError) in
                var offset = 0
                return Fields.signed(bytes, &offset)
            }
        } catch {
            return nil
        }
    }
}
