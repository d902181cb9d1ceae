import TestSupport
import Testing
import Text

@Suite struct `Safe text` {
    @Test(arguments: [
        ("web-eu-017", "web-eu-017", 10),
        ("", "", 0),
        ("a\tb\nc", "a␉b␊c", 5),
        ("\u{1B}[31mred\u{7F}", "␛[31mred␡", 9),
        ("\u{9B}31m", "�31m", 4),
        ("\u{0}", "␀", 1),
        ("user\u{202E}txt.exe", "user�txt.exe", 12),
        ("zero\u{200B}width\u{FEFF}", "zero�width�", 11),
        ("a\u{200D}b", "a�b", 3),
        ("no\u{A0}break", "no break", 8),
        ("文字\u{3000}", "文字\u{3000}", 6),
        ("\u{301}first", "�first", 6),
        ("e\u{301}\u{302}", "e\u{301}\u{302}", 1),
        ("z\u{300}\u{301}\u{302}\u{303}\u{304}!", "z\u{300}\u{301}�!", 3),
        ("👩\u{200D}👧", "👩👧", 4),
        ("👍\u{1F3FD}", "👍", 2),
        ("⚠\u{FE0F}", "⚠", 1),
        ("ก\u{E37}\u{E49}", "ก\u{E37}\u{E49}", 1),
        ("\u{3164}x", "�x", 2),
        ("\u{E000}\u{E0041}\u{10FFFF}", "���", 3),
        ("line\u{2028}two", "line�two", 8),
    ])
    func `shows what it replaces and keeps what is harmless`(hostile: String, safe: String, width: Int) {
        let text = SafeText(hostile)
        #expect(Array(text.string.unicodeScalars) == Array(safe.unicodeScalars))
        #expect(text.width == width)
    }

    @Test func `lets no control character through, whatever the bytes`() {
        var random = SeededRandom(seed: 1)
        for _ in 0..<3000 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                Bool.random(using: &random)
                    ? UInt8.random(in: 0...255, using: &random)
                    : [0x1B, 0x5B, 0xC2, 0x9B, 0xE2, 0x80, 0xAE].randomElement(using: &random) ?? 0
            }
            let text = SafeText(bytes: bytes)
            expectSafe(text)
        }
    }

    @Test func `lets no scalar through that has no place on a screen`() {
        var random = SeededRandom(seed: 2)
        for _ in 0..<3000 {
            var hostile = ""
            for _ in 0..<Int.random(in: 0...20, using: &random) {
                let plane: UInt32 = Bool.random(using: &random) ? 0x3000 : 0x11_0000
                if let scalar = Unicode.Scalar(UInt32.random(in: 0..<plane, using: &random)) {
                    hostile.unicodeScalars.append(scalar)
                }
            }
            expectSafe(SafeText(hostile))
        }
    }

    @Test func `is the same when made safe twice`() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<1000 {
            let bytes = (0..<30).map { _ in UInt8.random(in: 0...255, using: &random) }
            let once = SafeText(bytes: bytes)
            #expect(SafeText(once.string) == once)
        }
    }

    private func expectSafe(_ text: SafeText) {
        var width = 0
        for scalar in text.string.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator:
                Issue.record("U+\(String(scalar.value, radix: 16)) got through")
            default:
                width += DisplayWidth.of(scalar)
            }
        }
        #expect(text.width == width)
    }

    @Test(arguments: [
        ("web-eu-017", 10, "web-eu-017"), ("web-eu-017", 9, "web-eu-0…"), ("web", 1, "…"), ("web", 0, ""),
        ("web", -3, ""), ("文字列", 5, "文字…"), ("文字列", 4, "文…"), ("e\u{301}e\u{301}e\u{301}", 2, "e\u{301}…"),
    ])
    func `is cut to a width with an ellipsis`(text: SafeText, columns: Int, cut: String) {
        let result = text.truncated(to: columns)
        #expect(result.string == cut)
        #expect(result.width <= max(0, columns))
    }

    @Test func `is cut in the middle with both ends kept`() {
        #expect(SafeText("/var/lib/docker/overlay2").truncatedInMiddle(to: 11).string == "/var/…rlay2")
        #expect(SafeText("abc").truncatedInMiddle(to: 2).string == "a…")
    }

    @Test func `loses its first cells without moving the rest`() {
        #expect(SafeText("abcdef").dropping(columns: 2).string == "cdef")
        #expect(SafeText("文字").dropping(columns: 1).string == " 字")
        #expect(SafeText("文字").dropping(columns: 1).width == 3)
        #expect(SafeText("文字").dropping(columns: 4).isEmpty)
    }

    @Test func `is padded to a side`() {
        #expect(SafeText("ab").padded(to: 5).string == "ab   ")
        #expect(SafeText("ab").padded(to: 5, alignment: .right).string == "   ab")
        #expect(SafeText("ab").padded(to: 5, alignment: .center).string == " ab  ")
        #expect(SafeText("文字列").fitted(to: 4).string == "文… ")
    }
}
