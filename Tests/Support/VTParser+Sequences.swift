/// The parts of ESC [ … : a private mark, numbers, intermediates, a final byte.
struct VTSequence: Sendable {
    let mark: UInt8?
    let numbers: [Int]
    let intermediates: [UInt8]
    let final: UInt8
    private let body: [UInt8]

    init(_ body: [UInt8], final: UInt8) {
        self.body = body
        self.final = final
        mark = body.first.flatMap { (0x3C...0x3F).contains($0) ? $0 : nil }
        intermediates = body.filter { (0x20...0x2F).contains($0) }
        let digits = body.dropFirst(mark == nil ? 0 : 1).filter { $0 >= 0x30 }
        numbers =
            digits.isEmpty
            ? []
            : digits.split(omittingEmptySubsequences: false) { $0 == 0x3B || $0 == 0x3A }
                .map { min(Int(String(decoding: $0, as: UTF8.self)) ?? 0, 100_000) }
    }

    /// As a reader would write it.
    var description: String { "ESC[" + String(decoding: body + [final], as: UTF8.self) }

    /// The first number where there is one above zero.
    var count: Int { max(1, numbers.first ?? 1) }

    func number(_ index: Int, default value: Int = 0) -> Int {
        index < numbers.count ? numbers[index] : value
    }
}

extension VTParser {
    mutating func finish(_ sequence: VTSequence) {
        switch (sequence.mark, sequence.intermediates.first) {
        case (nil, nil): plain(sequence)
        case (UInt8(ascii: "?"), nil): priv(sequence)
        case (nil, UInt8(ascii: "!")) where sequence.final == UInt8(ascii: "p"):  // soft reset
            screen.look = VTLook()
            screen.region = 0...height - 1
            screen.inserts = false
        default: note(sequence.description)
        }
    }

    private mutating func plain(_ sequence: VTSequence) {
        let count = sequence.count
        switch sequence.final {
        case UInt8(ascii: "@"): screen.insertCells(count)
        case UInt8(ascii: "A"): screen.move(x: screen.x, y: screen.y - count)
        case UInt8(ascii: "B"), UInt8(ascii: "e"): screen.move(x: screen.x, y: screen.y + count)
        case UInt8(ascii: "C"), UInt8(ascii: "a"): screen.move(x: screen.x + count, y: screen.y)
        case UInt8(ascii: "D"): screen.move(x: screen.x - count, y: screen.y)
        case UInt8(ascii: "E"): screen.move(x: 0, y: screen.y + count)
        case UInt8(ascii: "F"): screen.move(x: 0, y: screen.y - count)
        case UInt8(ascii: "G"), UInt8(ascii: "`"): screen.move(x: count - 1, y: screen.y)
        case UInt8(ascii: "d"): screen.move(x: screen.x, y: count - 1)
        case UInt8(ascii: "H"), UInt8(ascii: "f"):
            screen.move(x: max(1, sequence.number(1)) - 1, y: max(1, sequence.number(0)) - 1)
        case UInt8(ascii: "I"): screen.tab(count)
        case UInt8(ascii: "Z"): screen.backTab(count)
        case UInt8(ascii: "s"): screen.save()
        case UInt8(ascii: "u"): screen.restore()
        default: edit(sequence)
        }
    }

    private mutating func edit(_ sequence: VTSequence) {
        let count = sequence.count
        switch sequence.final {
        case UInt8(ascii: "J"): eraseDisplay(sequence)
        case UInt8(ascii: "K"): eraseLine(sequence)
        case UInt8(ascii: "L"): screen.insertLines(count)
        case UInt8(ascii: "M"): screen.deleteLines(count)
        case UInt8(ascii: "P"): screen.deleteCells(count)
        case UInt8(ascii: "S"): screen.scrollUp(count)
        case UInt8(ascii: "T"): screen.scrollDown(count)
        case UInt8(ascii: "X"): screen.erase(columns: screen.x..<screen.x + count)
        case UInt8(ascii: "b"):
            if let lastPut { for _ in 0..<min(count, width * height) { screen.put(lastPut) } }
        case UInt8(ascii: "g"):
            if sequence.number(0) == 3 { screen.tabs = [] } else { screen.tabs.remove(screen.x) }
        case UInt8(ascii: "h"), UInt8(ascii: "l"):
            if sequence.numbers == [34] { return }  // screen's cursor, which tmux has from it
            guard sequence.numbers == [4] else { return note(sequence.description) }
            screen.inserts = sequence.final == UInt8(ascii: "h")
        case UInt8(ascii: "m"):
            if !screen.look.apply(sequence.numbers).isEmpty { note(sequence.description) }
        case UInt8(ascii: "r"): setRegion(sequence)
        case UInt8(ascii: "t") where (22...23).contains(sequence.number(0)): break  // the title's stack
        case UInt8(ascii: "c"), UInt8(ascii: "n"): break  // questions; nobody answers
        default: note(sequence.description)
        }
    }

    private mutating func eraseDisplay(_ sequence: VTSequence) {
        switch sequence.number(0) {
        case 0:
            screen.erase(columns: screen.x..<width)
            screen.erase(rows: screen.y + 1..<max(screen.y + 1, height))
        case 1:
            screen.erase(rows: 0..<screen.y)
            screen.erase(columns: 0..<screen.x + 1)
        case 2: screen.erase(rows: 0..<height)
        case 3: break  // lines scrolled away, of which there are none
        default: note(sequence.description)
        }
    }

    private mutating func eraseLine(_ sequence: VTSequence) {
        switch sequence.number(0) {
        case 0: screen.erase(columns: screen.x..<width)
        case 1: screen.erase(columns: 0..<screen.x + 1)
        case 2: screen.erase(columns: 0..<width)
        default: note(sequence.description)
        }
    }

    private mutating func setRegion(_ sequence: VTSequence) {
        let first = max(1, sequence.number(0, default: 1)) - 1
        let last = sequence.number(1) == 0 ? height - 1 : min(sequence.number(1), height) - 1
        guard first < last else { return }
        screen.region = first...last
        screen.move(x: 0, y: 0)
    }

    // MARK: Private modes

    private mutating func priv(_ sequence: VTSequence) {
        switch sequence.final {
        case UInt8(ascii: "h"): for mode in sequence.numbers { set(mode, true) }
        case UInt8(ascii: "l"): for mode in sequence.numbers { set(mode, false) }
        case UInt8(ascii: "c"): break  // the console's cursor shape
        default: note(sequence.description)
        }
    }

    private mutating func set(_ mode: Int, _ isOn: Bool) {
        switch mode {
        case 47, 1047, 1049: showAlternate(isOn, savesCursor: mode == 1049)
        // Keys, columns, scrolling, reverse, origin, wrap, repeat, blinking, cursor; mouse, focus, meta, paste, frames.
        case 1, 3, 4, 5, 6, 7, 8, 12, 25, 9, 1000...1007, 1015, 1016, 1034, 2004, 2026: break
        default: note("ESC[?\(mode)\(isOn ? "h" : "l")")
        }
        if isOn {
            modes.insert(mode)
            modesSet[mode, default: 0] += 1
        } else {
            modes.remove(mode)
        }
    }

    private mutating func showAlternate(_ isOn: Bool, savesCursor: Bool) {
        guard isOn != isAlternateScreen else { return }
        if isOn {
            if savesCursor { screen.save() }
            hidden = screen
            screen.erase(rows: 0..<height)
        } else if var primary = hidden {
            hidden = nil
            primary.look = screen.look
            screen = primary
            if savesCursor { screen.restore() }
        }
    }
}
