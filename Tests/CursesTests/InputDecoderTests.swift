import Canvas
import Curses
import Foundation
import TestSupport
import Testing

@Suite struct `The input decoder` {
    typealias Row = (bytes: String, key: KeyPress)

    private static let xterm: [Row] = [
        ("\u{1B}OA", KeyPress(.up)), ("\u{1B}OB", KeyPress(.down)), ("\u{1B}OC", KeyPress(.right)),
        ("\u{1B}OD", KeyPress(.left)), ("\u{1B}OH", KeyPress(.home)), ("\u{1B}OF", KeyPress(.end)),
        ("\u{1B}[A", KeyPress(.up)), ("\u{1B}[H", KeyPress(.home)), ("\u{1B}[F", KeyPress(.end)),
        ("\u{1B}[2~", KeyPress(.insert)), ("\u{1B}[3~", KeyPress(.delete)), ("\u{1B}[5~", KeyPress(.pageUp)),
        ("\u{1B}[6~", KeyPress(.pageDown)), ("\u{1B}[Z", KeyPress(.backTab)),
        ("\u{1B}OP", KeyPress(.function(1))), ("\u{1B}OS", KeyPress(.function(4))),
        ("\u{1B}[15~", KeyPress(.function(5))), ("\u{1B}[17~", KeyPress(.function(6))),
        ("\u{1B}[21~", KeyPress(.function(10))), ("\u{1B}[24~", KeyPress(.function(12))),
        ("\u{1B}[1;2A", KeyPress(.up, shift: true)), ("\u{1B}[1;3B", KeyPress(.down, alt: true)),
        ("\u{1B}[1;5C", KeyPress(.right, control: true)),
        ("\u{1B}[1;8D", KeyPress(.left, control: true, alt: true, shift: true)),
        ("\u{1B}[3;5~", KeyPress(.delete, control: true)),
        ("\u{1B}[1;2R", KeyPress(.function(3), shift: true)),
        ("\u{1B}[15;2~", KeyPress(.function(5), shift: true)),
    ]

    private static let rxvt: [Row] = [
        ("\u{1B}[7~", KeyPress(.home)), ("\u{1B}[8~", KeyPress(.end)), ("\u{1B}[11~", KeyPress(.function(1))),
        ("\u{1B}[14~", KeyPress(.function(4))), ("\u{1B}[25~", KeyPress(.function(13))),
        ("\u{1B}[34~", KeyPress(.function(20))), ("\u{1B}[3$", KeyPress(.delete, shift: true)),
        ("\u{1B}[3^", KeyPress(.delete, control: true)),
        ("\u{1B}[3@", KeyPress(.delete, control: true, shift: true)),
        ("\u{1B}[a", KeyPress(.up, shift: true)),
        ("\u{1B}Oa", KeyPress(.up, control: true)), ("\u{1B}\u{1B}[A", KeyPress(.up, alt: true)),
        ("\u{1B}\u{1B}OB", KeyPress(.down, alt: true)),
    ]

    private static let others: [Row] = [
        // The Linux console.
        ("\u{1B}[[A", KeyPress(.function(1))), ("\u{1B}[[E", KeyPress(.function(5))),
        ("\u{1B}[1~", KeyPress(.home)),
        ("\u{1B}[4~", KeyPress(.end)), ("\u{1B}\t", KeyPress(.backTab)),
        // The keypad in application mode.
        ("\u{1B}OM", KeyPress(.enter)), ("\u{1B}Oj", KeyPress(.character("*"))),
        ("\u{1B}Oy", KeyPress(.character("9"))),
        ("\u{1B}O5A", KeyPress(.up, control: true)),
        // CSI u, and xterm's modifyOtherKeys.
        ("\u{1B}[97;5u", KeyPress(.character("a"), control: true)),
        ("\u{1B}[27;5;97~", KeyPress(.character("a"), control: true)),
        ("\u{1B}[97;2u", KeyPress(.character("A"))), ("\u{1B}[27u", KeyPress(.escape)),
        ("\u{1B}[13;2u", KeyPress(.enter, shift: true)), ("\u{1B}[127;3u", KeyPress(.backspace, alt: true)),
        ("\u{1B}[233u", KeyPress(.character("é"))), ("\u{1B}[97:65;3u", KeyPress(.character("a"), alt: true)),
    ]

    private static let plain: [Row] = [
        ("j", KeyPress(.character("j"))), ("G", KeyPress(.character("G"))), (" ", KeyPress(.character(" "))),
        ("é", KeyPress(.character("é"))), ("文", KeyPress(.character("文"))), ("😀", KeyPress(.character("😀"))),
        ("\r", KeyPress(.enter)), ("\n", KeyPress(.enter)), ("\t", KeyPress(.tab)),
        ("\u{7F}", KeyPress(.backspace)),
        ("\u{8}", KeyPress(.backspace)), ("\u{3}", KeyPress(.character("c"), control: true)),
        ("\u{0}", KeyPress(.character(" "), control: true)),
        ("\u{1C}", KeyPress(.character("\\"), control: true)),
        ("\u{1F}", KeyPress(.character("_"), control: true)),
        ("\u{1B}x", KeyPress(.character("x"), alt: true)),
        ("\u{1B}é", KeyPress(.character("é"), alt: true)), ("\u{1B}\r", KeyPress(.enter, alt: true)),
        ("\u{1B}\u{3}", KeyPress(.character("c"), control: true, alt: true)),
    ]

    private static let keys = xterm + rxvt + others + plain

    @Test(arguments: [xterm, rxvt, others, plain])
    func `knows the keys of every terminal`(_ rows: [Row]) {
        for row in rows {
            #expect(decode(row.bytes) == [.key(row.key)], "\(row.bytes.debugDescription)")
        }
    }

    @Test(arguments: [
        ("\u{1B}[<0;10;20M", MouseEvent(x: 9, y: 19, action: .press(button: 0))),
        ("\u{1B}[<2;1;1M", MouseEvent(x: 0, y: 0, action: .press(button: 2))),
        ("\u{1B}[<0;10;20m", MouseEvent(x: 9, y: 19, action: .release)),
        ("\u{1B}[<64;3;4M", MouseEvent(x: 2, y: 3, action: .wheelUp)),
        ("\u{1B}[<65;3;4M", MouseEvent(x: 2, y: 3, action: .wheelDown)),
        ("\u{1B}[<28;3;4M", MouseEvent(x: 2, y: 3, action: .press(button: 0))),
        ("\u{1B}[M *4", MouseEvent(x: 9, y: 19, action: .press(button: 0))),
        ("\u{1B}[M#*4", MouseEvent(x: 9, y: 19, action: .release)),
        ("\u{1B}[M`*4", MouseEvent(x: 9, y: 19, action: .wheelUp)),
        ("\u{1B}[32;10;20M", MouseEvent(x: 9, y: 19, action: .press(button: 0))),
    ])
    func `knows mice`(_ bytes: String, _ event: MouseEvent) {
        #expect(decode(bytes) == [.mouse(event)])
    }

    @Test(arguments: [
        "\u{1B}[<0;0;1M", "\u{1B}[<0;1001;1M", "\u{1B}[<35;1;1M", "\u{1B}[<66;1;1M", "\u{1B}[<999;1;1M",
        "\u{1B}[<0;1M",
        "\u{1B}[<0;99999999999999999999;1M", "\u{1B}[M !\u{20}",  // places and buttons that are none
        "\u{1B}[?62;4c", "\u{1B}[>0;10;1c", "\u{1B}[24;80R", "\u{1B}[0n", "\u{1B}[?2026;2$y",
        "\u{1B}[8;24;80t", "\u{1B}]11;rgb:1/2/3\u{7}", "\u{1B}]11;rgb:1/2/3\u{1B}\\", "\u{1B}P1$r0m\u{1B}\\",
        "\u{1B}_Gi=1\u{1B}\\",
        "\u{1B}[57441u", "\u{1B}[1114112u", "\u{1B}[150u", "\u{1B}[55~",
    ])
    func `makes no key of answers, unknown keys and nonsense`(_ bytes: String) {
        var decoder = InputDecoder()
        let events = decoder.decode(Array(bytes.utf8)) + decoder.flush()
        #expect(events.isEmpty)
        #expect(decoder.decode([0x6A]) == [.key(KeyPress(.character("j")))])
    }

    @Test func `takes a burst of keys as so many keys`() {
        #expect(
            decode("jj\u{1B}[B\u{1B}[Bk\u{1B}OP/é") == [
                .key(KeyPress(.character("j"))), .key(KeyPress(.character("j"))), .key(KeyPress(.down)),
                .key(KeyPress(.down)), .key(KeyPress(.character("k"))), .key(KeyPress(.function(1))),
                .key(KeyPress(.character("/"))), .key(KeyPress(.character("é"))),
            ])
    }

    @Test(arguments: [
        ("\u{1B}", [KeyPress(.escape)]), ("\u{1B}\u{1B}", [KeyPress(.escape), KeyPress(.escape)]),
        ("\u{1B}[", [KeyPress(.character("["), alt: true)]),
        ("\u{1B}O", [KeyPress(.character("O"), alt: true)]),
        ("\u{1B}[1;5", []), ("\u{1B}]0;t", []), ("\u{1B}[M !", []),
    ])
    func `tells a lone escape from a sequence by time alone`(_ bytes: String, _ keys: [KeyPress]) {
        var decoder = InputDecoder()
        #expect(decoder.decode(Array(bytes.utf8)).isEmpty)
        #expect(decoder.waitMilliseconds != nil)
        #expect(decoder.flush() == keys.map { .key($0) })
        #expect(decoder.waitMilliseconds == nil && decoder.flush().isEmpty)
    }

    @Test func `waits shortly for what a person waits for, and not at all inside a character`() {
        var decoder = InputDecoder()
        _ = decoder.decode([0x1B])
        #expect(decoder.waitMilliseconds == 25)
        _ = decoder.decode([0x5B])
        #expect(decoder.waitMilliseconds == 250)
        #expect(decoder.flush().count == 1)
        #expect(decoder.decode([0xC3]).isEmpty && decoder.waitMilliseconds == nil && decoder.flush().isEmpty)
        #expect(decoder.decode([0xA9]) == [.key(KeyPress(.character("é")))])
    }

    @Test(arguments: [
        ("plain", "plain"), ("", ""), ("a\rb\r\nc\nd", "a\nb\nc\nd"),
        ("\u{1B}[A and \u{1B}[201", "\u{1B}[A and \u{1B}[201"),
        ("文é", "文é"), ("\u{1B}\u{1B}[20", "\u{1B}\u{1B}[20"), ("q:!", "q:!"),
    ])
    func `takes what is pasted as text, never as keys`(_ pasted: String, _ text: String) {
        #expect(
            decode("\u{1B}[200~\(pasted)\u{1B}[201~x") == [.paste(text), .key(KeyPress(.character("x")))])
    }

    @Test func `lets ctrl-c end a paste that lost its end`() {
        #expect(
            decode("\u{1B}[200~rm -rf\u{3}j") == [
                .paste("rm -rf"), .key(KeyPress(.character("c"), control: true)),
                .key(KeyPress(.character("j"))),
            ])
    }

    @Test func `cuts a paste at its limit and reads on behind it`() {
        let long = String(repeating: "x", count: InputDecoder.pasteMax + 1000)
        let events = decode("\u{1B}[200~\(long)\u{1B}[201~j")
        #expect(events.count == 2 && events.last == .key(KeyPress(.character("j"))))
        guard case .paste(let text) = events[0] else { return #expect(Bool(false), "no paste") }
        #expect(text.utf8.count == InputDecoder.pasteMax)
    }

    @Test func `drops sequences that are longer than any`() {
        let long = String(repeating: "1;", count: 5000)
        #expect(decode("\u{1B}[\(long)Aj") == [.key(KeyPress(.character("j")))])
    }

    @Test func `yields the same events wherever its bytes are split`() {
        let mice = [
            "\u{1B}[<0;10;20M", "\u{1B}[M *4", "\u{1B}[200~a\u{1B}[B\u{1B}[201~", "\u{1B}]11;x\u{1B}\\",
            "\u{1B}[I", "\u{1B}[O",
        ]
        for text in Self.keys.map(\.bytes) + mice {
            let bytes = Array((text + "j").utf8)
            let whole = decode(text + "j")
            for cut in 0...bytes.count {
                var decoder = InputDecoder()
                #expect(decoder.decode(Array(bytes[..<cut])) + decoder.decode(Array(bytes[cut...])) == whole)
            }
        }
    }

    @Test func `says when the terminal gains and loses the focus`() {
        #expect(decode("\u{1B}[I\u{1B}[O") == [.focus(true), .focus(false)])
    }

    private func decode(_ text: String) -> [InputEvent] {
        var decoder = InputDecoder()
        return decoder.decode(Array(text.utf8))
    }
}

@Suite struct `The fuzz target of input` {
    /// Beside the test bundle, where the build put it.
    private static var program: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "InputFuzz").path
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: program)))
    func `holds its promises over many seeded inputs`() throws {
        let result = try Program.run(Self.program, ["5000", "20261124"])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }
}
