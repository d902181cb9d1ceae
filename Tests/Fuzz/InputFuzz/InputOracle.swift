import Canvas
import Curses

/// What must hold of any bytes: no trap, the same events wherever they are split, keys that are characters and places
/// that are on a screen, and a decoder that a later key finds in order.
enum InputOracle {
    nonisolated(unsafe) static var events = 0  // One thread: libFuzzer's, or main's.

    /// The first byte says where the rest is split.
    static func check(_ input: [UInt8]) {
        guard let first = input.first else { return }
        let rest = Array(input.dropFirst())
        let cut = rest.count * Int(first) / 256
        let whole = decode([rest])
        precondition(
            whole == decode([Array(rest[..<cut]), Array(rest[cut...])]), "a split at \(cut) changes events")
        precondition(whole == decode(rest.map { [$0] }), "bytes one by one change events")
        for event in whole { check(event) }
        events += whole.count
    }

    private static func decode(_ chunks: [[UInt8]]) -> [InputEvent] {
        var decoder = InputDecoder()
        let events = chunks.flatMap { decoder.decode($0) } + decoder.flush()
        precondition(decoder.waitMilliseconds == nil, "flushed, and still waiting")
        // Whatever came before, ctrl-c arrives: it ends a paste that lost its end, and a character that lost its bytes.
        let last = decoder.decode([0x03])
        precondition(last.last == .key(KeyPress(.character("c"), control: true)), "ctrl-c is lost")
        return events + last
    }

    private static func check(_ event: InputEvent) {
        switch event {
        case .key(let press):
            switch press.key {
            case .character(let character):
                for scalar in character.unicodeScalars {
                    precondition(
                        scalar.value >= 0x20 && !(0x7F..<0xA0).contains(scalar.value), "a key is a control")
                }
            case .function(let number): precondition((1...24).contains(number))
            case .enter, .escape, .tab, .backTab, .backspace, .delete, .insert, .up, .down, .left, .right,
                .home, .end,
                .pageUp, .pageDown:
                break
            }
        case .mouse(let mouse):
            let side = 0..<CellBuffer.sideMax
            precondition(side.contains(mouse.x) && side.contains(mouse.y))
        case .paste(let text): precondition(text.unicodeScalars.count <= InputDecoder.pasteMax)
        case .focus: break
        case .resize: preconditionFailure("bytes cannot say a size")
        }
    }
}
