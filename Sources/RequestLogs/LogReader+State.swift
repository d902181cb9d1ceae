/// What is open between two lines, as bytes: requests without an end, the first lines of an entry, pieces of a line.
///
/// | bytes | what |
/// | --- | --- |
/// | 1 | 1, the version |
/// | varint, that many bytes | pieces of a line that a container's runtime cut |
/// | the rest | of the format's reader: Rails's open requests (key, text, where in it the path begins and ends), a broken line of logfmt, the state of a MySQL entry, a 1 within PostgreSQL's quotes |
extension LogReader {
    /// Appends at most `max` bytes, and nothing where nothing is open; of what does not fit the newest is kept.
    package func appendState(to bytes: inout [UInt8], max: Int) {
        var state: [UInt8] = [1]
        StateBytes.put(Array(partial.prefix(Swift.max(0, max / 2))), &state)
        switch engine {
        case .fields, .json, .mysqlError, .spring, .entries: break
        case .rails(let reader): reader.appendState(to: &state, max: max - state.count)
        case .logfmt(let reader): reader.appendState(to: &state)
        case .mysqlSlow(let reader): reader.appendState(to: &state)
        case .postgres(let reader): if reader.isInQuotes { state.append(1) }
        }
        guard state.count > 2, state.count <= max else { return }
        bytes += state
    }

    /// Goes on from what `appendState` wrote of a log in the same format; false, and nothing is changed, where the bytes
    /// are something else.
    @discardableResult
    package mutating func restore(_ state: Span<UInt8>) -> Bool {
        guard state.count > 0 else { return true }
        var reader = CountsReader()
        guard state[0] == 1 else { return false }
        reader.place = 1
        guard let partial = reader.bytes(state, max: LineBuffer.lineMax) else { return false }
        var engine = engine
        let isWhole: Bool
        switch engine {
        case .fields, .json, .mysqlError, .spring, .entries: isWhole = reader.place == state.count
        case .rails(var rails):
            isWhole = rails.restore(state, &reader)
            engine = .rails(rails)
        case .logfmt(var logfmt):
            isWhole = logfmt.restore(state, &reader)
            engine = .logfmt(logfmt)
        case .mysqlSlow(var mysql):
            isWhole = mysql.restore(state, &reader)
            engine = .mysqlSlow(mysql)
        case .postgres(var postgres):
            postgres.isInQuotes = reader.place < state.count && state[reader.place] == 1
            isWhole = true
            engine = .postgres(postgres)
        }
        guard isWhole else { return false }
        self.engine = engine
        self.partial = partial
        return true
    }
}

/// Numbers and texts of a reader's state, as `CountsReader` reads them.
enum StateBytes {
    static let textMax = 64 * 1024

    static func put(_ value: Int, _ bytes: inout [UInt8]) {
        var rest = UInt64(clamping: value)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    static func put(_ text: [UInt8], _ bytes: inout [UInt8]) {
        put(text.count, &bytes)
        bytes += text
    }
}
