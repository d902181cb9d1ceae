import Text

/// A text that is looked for in lines, and the lines that have it. Nothing is hidden by it.
struct LogSearch: Hashable, Sendable {
    private(set) var text = ""
    /// Numbers of the entries that have it, in their order.
    private(set) var hits: [Int] = []
    /// Place in `hits` of the line that is selected; nil while another is.
    private(set) var current: Int?
    private var wanted: [UInt8] = []
    private var isCaseSensitive = false

    /// Looks for another text: case counts where it has capitals.
    mutating func look(for text: String) {
        self.text = text
        isCaseSensitive = text.contains { $0.isUppercase }
        wanted = Array((isCaseSensitive ? text : text.lowercased()).utf8)
        hits = []
        current = nil
    }

    var isEmpty: Bool { wanted.isEmpty }

    /// `12 of 340`.
    var note: SafeText {
        guard !isEmpty else { return "" }
        guard !hits.isEmpty else { return "no line has it" }
        let place: SafeText = current.map { "\(Format.integer($0 + 1)) of " } ?? ""
        return "\(place)\(Format.integer(hits.count)) \(hits.count == 1 ? "line" : "lines")"
    }

    /// Finds the lines that have it among those that are shown.
    mutating func find(in entries: some Sequence<LogState.Entry>, selected: Int?) {
        hits = isEmpty ? [] : entries.filter { place(in: $0.line.text) != nil }.map(\.number)
        current = selected.flatMap { number in hits.firstIndex(of: number) }
    }

    mutating func select(_ number: Int?) {
        current = number.flatMap { number in hits.firstIndex(of: number) }
    }

    /// Where the text begins in a line, in bytes; nil where it has none. ASCII letters alone are the same in both cases.
    func place(in line: String) -> Range<Int>? {
        guard !wanted.isEmpty else { return nil }
        return line.utf8.withContiguousStorageIfAvailable { find(in: $0) } ?? find(in: Array(line.utf8))
    }

    private func find(in line: some RandomAccessCollection<UInt8>) -> Range<Int>? {
        let line = Array(line)
        guard line.count >= wanted.count else { return nil }
        for start in 0...line.count - wanted.count {
            var length = 0
            while length < wanted.count, folded(line[start + length]) == wanted[length] { length += 1 }
            if length == wanted.count { return start..<start + length }
        }
        return nil
    }

    private func folded(_ byte: UInt8) -> UInt8 {
        !isCaseSensitive && (0x41...0x5A).contains(byte) ? byte | 0x20 : byte
    }
}
