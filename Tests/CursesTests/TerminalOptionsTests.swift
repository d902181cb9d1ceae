import Canvas
import Curses
import Testing

@Suite struct `What is known of the terminal before it is opened` {
    @Test(
        arguments: [
            (variables: [:], glyphs: GlyphSet.ascii), (variables: ["LANG": "C"], glyphs: .ascii),
            (variables: ["LANG": "en_GB.UTF-8"], glyphs: .braille),
            (variables: ["LANG": "en_GB.utf8"], glyphs: .braille),
            (variables: ["LANG": "en_GB.UTF-8", "LC_ALL": "C"], glyphs: .ascii),
            (variables: ["LANG": "en_GB.UTF-8", "LC_ALL": ""], glyphs: .braille),
            (variables: ["LANG": "C", "LC_CTYPE": "C.UTF-8"], glyphs: .braille),
            (variables: ["LANG": "en_GB.UTF-8", "LC_CTYPE": "POSIX"], glyphs: .ascii),
            (variables: ["LANG": "C.UTF-8", "TERM": "linux"], glyphs: .block),
            (variables: ["LANG": "C", "TERM": "linux"], glyphs: .ascii),
        ] as [(variables: [String: String], glyphs: GlyphSet)])
    func `says which characters it can draw`(_ row: (variables: [String: String], glyphs: GlyphSet)) {
        #expect(options(row.variables).glyphSet == row.glyphs)
        for asked in GlyphSet.allCases {
            #expect(options(row.variables, glyphs: asked).glyphSet == asked)
        }
    }

    @Test(
        arguments: [
            (colors: nil, variables: [:], count: 256, depth: ColorDepth.palette256),
            (colors: nil, variables: [:], count: 88, depth: .ansi16),
            (colors: nil, variables: [:], count: 8, depth: .ansi16),
            (colors: nil, variables: [:], count: 0, depth: .mono),
            (colors: nil, variables: ["NO_COLOR": "1"], count: 256, depth: .mono),
            (colors: nil, variables: ["NO_COLOR": ""], count: 256, depth: .palette256),
            (colors: .ansi16, variables: ["NO_COLOR": "1"], count: 256, depth: .ansi16),
            (colors: .palette256, variables: [:], count: 8, depth: .ansi16),
            (colors: .palette256, variables: [:], count: 0, depth: .mono),
            (colors: .ansi16, variables: [:], count: 0, depth: .mono),
            (colors: .mono, variables: [:], count: 256, depth: .mono),
        ] as [(colors: ColorDepth?, variables: [String: String], count: Int, depth: ColorDepth)])
    func `says how many colours it gets`(
        _ row: (colors: ColorDepth?, variables: [String: String], count: Int, depth: ColorDepth)
    ) {
        #expect(options(row.variables, colors: row.colors).depth(colorCount: row.count) == row.depth)
    }

    @Test(
        arguments: [
            (variables: [:], types: ["xterm-256color", "xterm", "vt100"]),
            (variables: ["TERM": "foot"], types: ["foot", "xterm-256color", "xterm", "vt100"]),
            (variables: ["TERM": "xterm"], types: ["xterm", "xterm-256color", "vt100"]),
            (
                variables: ["TERM": "xterm", "COLORTERM": "truecolor"],
                types: ["xterm-256color", "xterm", "vt100"]
            ),
            (variables: ["TERM": ""], types: ["xterm-256color", "xterm", "vt100"]),
        ] as [(variables: [String: String], types: [String])])
    func `says which descriptions to try`(_ row: (variables: [String: String], types: [String])) {
        #expect(options(row.variables).terminalTypes == row.types)
    }

    @Test(
        arguments: [
            (variables: [:], marks: false), (variables: ["TERM": "foot"], marks: true),
            (variables: ["TERM": "foot", "TMUX": "/tmp/tmux"], marks: false),
            (variables: ["TERM": "foot", "STY": "1.pts"], marks: false),
            (variables: ["TERM": "foot", "SSH_TTY": "/dev/pts/1"], marks: false),
            (variables: ["KITTY_WINDOW_ID": "1"], marks: true),
            (variables: ["TERM_PROGRAM": "ghostty"], marks: true),
            (variables: ["TERM_PROGRAM": "Apple_Terminal"], marks: false),
        ] as [(variables: [String: String], marks: Bool)])
    func `says whether frames are marked`(_ row: (variables: [String: String], marks: Bool)) {
        #expect(options(row.variables).hasSynchronizedOutput == row.marks)
    }

    private func options(
        _ variables: [String: String], colors: ColorDepth? = nil, glyphs: GlyphSet? = nil
    ) -> TerminalOptions {
        TerminalOptions(colors: colors, glyphs: glyphs) { variables[$0] }
    }
}
