/// The few sequences that terminfo does not name and we send ourselves: xterm's private modes for bracketed paste,
/// the mouse and whole frames. Terminals that are not known to take them never see them.
struct TerminalModes: Sendable {
    static let frameBegins = "\u{1B}[?2026h"
    static let frameEnds = "\u{1B}[?2026l"
    private static let pasteOn = "\u{1B}[?2004h"
    private static let pasteOff = "\u{1B}[?2004l"
    private static let mouseOn = "\u{1B}[?1000h\u{1B}[?1006h"
    private static let mouseOff = "\u{1B}[?1006l\u{1B}[?1000l"

    private let isXterm: Bool
    let synchronizes: Bool

    init(terminalType: String, synchronizes: Bool) {
        let families = [
            "xterm", "screen", "tmux", "rxvt", "alacritty", "foot", "st-", "konsole", "vte", "linux",
        ]
        isXterm = families.contains { terminalType.hasPrefix($0) }
        self.synchronizes = isXterm && synchronizes
    }

    func begin(mouse: Bool) -> String {
        isXterm ? Self.pasteOn + (mouse ? Self.mouseOn : "") : ""
    }

    func mouse(_ isOn: Bool) -> String {
        isXterm ? isOn ? Self.mouseOn : Self.mouseOff : ""
    }

    var end: String {
        isXterm ? Self.mouseOff + Self.pasteOff : ""
    }

    /// What a handler writes that can ask nobody: our modes off, a frame that was begun ended, then the terminal's own
    /// for plain characters, the cursor and leaving the alternate screen. Harmless when it was all done before.
    func restoration(capability: (String) -> [UInt8]) -> [UInt8] {
        let ours = Array((end + (synchronizes ? Self.frameEnds : "")).utf8)
        return ["sgr0", "cnorm", "rmcup"].reduce(ours) { $0 + Self.withoutPadding(capability($1)) }
    }

    /// terminfo's `$<5>` asks for a pause, which no terminal of today needs.
    static func withoutPadding(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var rest = bytes[...]
        while let byte = rest.first {
            if rest.starts(with: [UInt8(ascii: "$"), UInt8(ascii: "<")]),
                let end = rest.firstIndex(of: UInt8(ascii: ">"))
            {
                rest = rest[(end + 1)...]
            } else {
                result.append(byte)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
