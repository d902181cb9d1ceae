/// One entry of systemd's journal, as far as it concerns us.
package struct JournalEntry: Equatable, Sendable {
    package var cursor = ""
    package var message: [UInt8] = []
    /// Whether the message was longer than `TailLimits.lineBytes`, and is cut there.
    package var isCut = false
    /// Microseconds since the Unix epoch; 0 where the entry says none.
    package var microseconds: UInt64 = 0
}

/// Reads the journal export format, wherever its bytes were split; pure.
///
/// A field is `NAME=value` and a newline or, where the value may hold one, `NAME`, a newline, the length as a
/// little-endian u64, the value and a newline. An empty line ends an entry. ("Journal Export Formats", systemd.io)
package struct JournalParser: Sendable {
    private enum State {
        case name
        /// Of a field with a length: bytes of the length that came, and what they say.
        case length(count: Int, value: UInt64)
        case value(left: UInt64)
        case end
    }

    private var state = State.name
    private var line: [UInt8] = []
    private var name: [UInt8] = []
    private var entry = JournalEntry()
    /// Whether bytes of the field being read were passed over.
    private var isCut = false

    package init() {}

    /// Takes bytes of the stream; `body` gets each entry that ends in them.
    package mutating func take(_ bytes: Span<UInt8>, _ body: (JournalEntry) -> Void) {
        for place in bytes.indices { take(bytes[place], body) }
    }

    private mutating func take(_ byte: UInt8, _ body: (JournalEntry) -> Void) {
        switch state {
        case .name:
            guard byte == 0x0A else {
                append(byte)
                return
            }
            endLine(body)
        case .length(let count, let value):
            let next = value | UInt64(byte) << UInt64(8 * count)
            state =
                count == 7 ? (next == 0 ? .end : .value(left: next)) : .length(count: count + 1, value: next)
        case .value(let left):
            append(byte)
            state = left == 1 ? .end : .value(left: left - 1)
        case .end:
            field(name, line[...])
            line.removeAll(keepingCapacity: true)
            state = .name
        }
    }

    private mutating func append(_ byte: UInt8) {
        if line.count < TailLimits.lineBytes + 64 { line.append(byte) } else { isCut = true }
    }

    private mutating func endLine(_ body: (JournalEntry) -> Void) {
        if line.isEmpty {
            if entry != JournalEntry() { body(entry) }
            entry = JournalEntry()
        } else if let equals = line.firstIndex(of: UInt8(ascii: "=")) {
            field(Array(line[..<equals]), line[(equals + 1)...])
        } else {
            name = line
            state = .length(count: 0, value: 0)
        }
        line.removeAll(keepingCapacity: true)
    }

    private mutating func field(_ name: [UInt8], _ value: ArraySlice<UInt8>) {
        defer { isCut = false }
        switch String(decoding: name, as: UTF8.self) {
        case "__CURSOR": entry.cursor = String(decoding: value.prefix(1024), as: UTF8.self)
        case "MESSAGE":
            entry.message = Array(value.prefix(TailLimits.lineBytes))
            entry.isCut = isCut || value.count > TailLimits.lineBytes
        case "__REALTIME_TIMESTAMP":
            entry.microseconds = UInt64(String(decoding: value.prefix(20), as: UTF8.self)) ?? 0
        default: break
        }
    }
}
