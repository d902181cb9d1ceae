import Canvas
import TestSupport
import Testing
import Text

@Suite struct `A cell buffer` {
    @Test func `draws text and cuts it at the clip`() {
        var buffer = CellBuffer(width: 12, height: 3)
        buffer.draw("hello world", x: -2, y: 0)
        buffer.clipped(to: Rect(x: 2, y: 1, width: 4, height: 1)) { inner in
            inner.draw("above", x: 2, y: 0)
            inner.draw("inside it", x: 1, y: 1)
        }
        #expect(buffer.draw("max", x: 0, y: 2, maxWidth: 2) == 2)
        #expect(buffer.lines == ["llo world", "  nsid", "ma"])
    }

    @Test func `draws wide characters in two cells and never half of one`() {
        var buffer = CellBuffer(width: 7, height: 2)
        buffer.draw("文字列文", x: 0, y: 0)
        #expect(buffer.lines[0] == "文字列")
        #expect(buffer[1, 0].width == 0)
        buffer.draw("x", x: 1, y: 0)
        #expect(buffer.lines[0] == " x字列")
        buffer.draw("y", x: 2, y: 0)
        #expect(buffer.lines[0] == " xy 列")
        buffer.fill(Rect(x: 5, y: 0, width: 1, height: 1), with: "z")
        #expect(buffer.lines[0] == " xy  z")
        buffer.draw("文字", x: -1, y: 1)
        #expect(buffer.lines[1] == " 字")
    }

    @Test func `keeps combining marks on their letter`() {
        var buffer = CellBuffer(width: 5, height: 1)
        buffer.draw("ก\u{E37}\u{E49}e\u{301}x", x: 0, y: 0)
        #expect(buffer.lines == ["ก\u{E37}\u{E49}e\u{301}x"])
        #expect(buffer[1, 0].firstMark == 0x301)
    }

    @Test func `draws likenesses where only ASCII may be drawn`() {
        var buffer = CellBuffer(width: 20, height: 2, glyphs: .ascii)
        buffer.draw("┌─┐│▁█·… ▲▼ 文字é", x: 0, y: 0)
        #expect(buffer.lines[0] == "+-+|_#*~ ^v ?????")
        #expect(buffer.lines[0].utf8.allSatisfy { (0x20...0x7E).contains($0) })
    }

    @Test func `copes with sizes that make no sense`() {
        var none = CellBuffer(width: -5, height: 0)
        none.draw("text", x: 0, y: 0)
        none.fill(Rect(x: .min, y: .min, width: .max, height: .max))
        none.put(0x41, x: 0, y: 0, style: .plain)
        #expect(none.lines.isEmpty)
        var one = CellBuffer(width: 1, height: 1)
        one.draw("文", x: 0, y: 0)
        one.draw("text", x: .max, y: .max)
        one.draw("text", x: .min, y: 0)
        #expect(one.lines == [""])
    }

    @Test func `shows its styles as runs`() {
        var buffer = CellBuffer(width: 20, height: 2)
        buffer.draw("HOST", x: 1, y: 0, style: Style(.title, bold: true))
        buffer.draw("X", x: 6, y: 0, style: Style(.critical))
        buffer.ground(Rect(x: 0, y: 1, width: 20, height: 1), .selection)
        #expect(
            buffer.styledLines == [
                " HOST X", "  | 1-4 title bold, 6 critical", "", "  | 0-19 text on selection",
            ])
    }

    @Test func `is never drawn on outside the clip`() {
        var random = SeededRandom(seed: 4)
        let texts: [SafeText] = ["plain text that is long", "文字列の幅", "e\u{301}a\u{300}o", "█▇▆ · mixed 文"]
        for _ in 0..<400 {
            var buffer = CellBuffer(width: 30, height: 10)
            buffer.fill(buffer.bounds, with: "#", style: Style(.series(1)))
            let before = buffer
            let rect = Rect.random(around: buffer.bounds, using: &random)
            buffer.clipped(to: rect) { inner in
                for _ in 0..<8 {
                    let x = Int.random(in: -10...40, using: &random)
                    let y = Int.random(in: -3...13, using: &random)
                    inner.draw(texts.randomElement(using: &random) ?? "", x: x, y: y)
                    inner.fill(Rect.random(around: inner.bounds, using: &random), with: " ")
                    inner.put(0x2588, x: x, y: y, style: .plain)
                }
            }
            for y in 0..<10 {
                for x in 0..<30 where !rect.contains(x: x, y: y) {
                    #expect(buffer[x, y] == before[x, y])
                }
            }
            expectWholeCharacters(buffer)
        }
    }

    @Test func `cuts a clip in a clip to what both have, and gives the outer one back`() {
        var buffer = CellBuffer(width: 8, height: 1)
        buffer.clipped(to: Rect(x: 1, y: 0, width: 4, height: 1)) { outer in
            outer.clipped(to: Rect(x: 3, y: 0, width: 9, height: 9)) { inner in
                inner.draw("abcdefgh", x: 0, y: 0)
                #expect(inner.clip == Rect(x: 3, y: 0, width: 2, height: 1))
            }
            outer.fill(Rect(x: 0, y: 0, width: 2, height: 1), with: "#")
        }
        #expect(buffer.lines == [" # de"])
        #expect(buffer.clip == buffer.bounds)
        struct Stop: Error {}
        #expect(throws: Stop.self) { try buffer.clipped(to: .empty) { _ in throw Stop() } }
        #expect(buffer.clip == buffer.bounds)
    }

    @Test func `puts the cursor only where the clip is`() {
        var buffer = CellBuffer(width: 8, height: 2)
        buffer.clipped(to: Rect(x: 2, y: 0, width: 2, height: 1)) { inner in
            inner.placeCursor(x: 5, y: 0)
            inner.placeCursor(x: 2, y: 1)
            #expect(inner.cursor == nil)
            inner.placeCursor(x: 3, y: 0)
        }
        #expect(buffer.cursor == CellPosition(x: 3, y: 0))
        buffer.clear()
        #expect(buffer.cursor == nil)
    }

    @Test func `restyles what is drawn without changing it`() {
        var buffer = CellBuffer(width: 6, height: 1)
        buffer.draw("a文e\u{301}", x: 0, y: 0, style: Style(.good))
        let before = buffer.lines
        buffer.clipped(to: Rect(x: 0, y: 0, width: 3, height: 1)) { inner in
            inner.restyle(inner.bounds) { $0.on(.selection).bold }
        }
        #expect(buffer.lines == before)
        #expect(buffer.styledLines.last == "  | 0-2 good on selection bold, 3 good")
    }

    @Test func `says where text ends, cut or not`() {
        var buffer = CellBuffer(width: 4, height: 1)
        #expect(buffer.draw("a文b", x: 1, y: 0) == 5)
        #expect(buffer.draw("abc", x: -9, y: 0) == -6)
        #expect(buffer.draw("abc", x: 0, y: 7, maxWidth: 2) == 2)
        #expect(buffer.draw("abc", x: 0, y: 0, maxWidth: -1) == 0)
        #expect(buffer.lines == [" a文"])
    }

    @Test func `is no larger than a screen may be`() {
        let buffer = CellBuffer(width: .max, height: 2)
        #expect(buffer.width == CellBuffer.sideMax && buffer.height == 2)
    }

    @Test func `holds what a line of text would`() {
        var random = SeededRandom(seed: 6)
        let pieces: [SafeText] = ["a", "bc", "文", "e\u{301}", "█", "字x", " ", "…"]
        for _ in 0..<300 {
            let text = (0..<8).map { _ in pieces.randomElement(using: &random) ?? "" }.joined()
            let width = Int.random(in: 0...16, using: &random)
            var buffer = CellBuffer(width: width, height: 1)
            buffer.draw(text, x: 0, y: 0)
            let expected = text.prefix(columns: width).string
            #expect(buffer.lines[0] == String(expected.reversed().drop { $0 == " " }.reversed()))
            expectWholeCharacters(buffer)
        }
    }

    private func expectWholeCharacters(_ buffer: CellBuffer) {
        for y in 0..<buffer.height {
            for x in 0..<buffer.width {
                let isTail = buffer[x, y].width == 0
                #expect(isTail == (x > 0 && buffer[x - 1, y].width == 2))
            }
        }
    }
}

extension Rect {
    /// A rectangle that lies across, inside or beside `bounds`.
    static func random(around bounds: Rect, using random: inout SeededRandom) -> Rect {
        Rect(
            x: Int.random(in: -5...bounds.width + 5, using: &random),
            y: Int.random(in: -5...bounds.height + 5, using: &random),
            width: Int.random(in: 0...bounds.width, using: &random),
            height: Int.random(in: 0...bounds.height, using: &random))
    }
}
