import Canvas
import Curses
import Testing

@Suite struct `The theme` {
    private static let depths: [(depth: ColorDepth, colorCount: Int, indices: ClosedRange<Int>)] = [
        (depth: .palette256, colorCount: 256, indices: -1...255),
        (depth: .ansi16, colorCount: 16, indices: -1...15),
        (depth: .ansi16, colorCount: 8, indices: -1...7), (depth: .mono, colorCount: 0, indices: -1...(-1)),
    ]

    @Test(arguments: depths)
    func `resolves every role, as a character and as a ground, within the depth`(
        _ row: (depth: ColorDepth, colorCount: Int, indices: ClosedRange<Int>)
    ) {
        let theme = Theme(row.depth, colorCount: row.colorCount)
        for role in Role.all {
            for ground in [nil, role, Role.selection] {
                let look = theme.look(of: Style(role, on: ground))
                #expect(row.indices.contains(look.foreground) && row.indices.contains(look.background))
                #expect(ground != nil || look.background == -1)
            }
        }
    }

    @Test(arguments: depths)
    func `leaves plain text the terminal's own`(
        _ row: (depth: ColorDepth, colorCount: Int, indices: ClosedRange<Int>)
    ) {
        let look = Theme(row.depth, colorCount: row.colorCount).look(of: .plain)
        #expect(look.foreground == -1 && look.background == -1)
        #expect(!look.isBold && !look.isDim && !look.isReverse && !look.isUnderlined)
    }

    @Test(arguments: [ColorDepth.palette256, .ansi16])
    func `tells states, series and grounds apart`(_ depth: ColorDepth) {
        let theme = Theme(depth, colorCount: depth == .ansi16 ? 16 : 256)
        let states = [Role.good, .warning, .critical, .muted, .accent].map { theme.look(of: Style($0)) }
        #expect(Set(states).count == states.count)
        let series = (0..<UInt8(Role.seriesCount)).map { theme.look(of: Style(.series($0))) }
        #expect(Set(series).count == Role.seriesCount)
        for ground in [Role.selection, .past, .critical, .warning] {
            #expect(theme.look(of: Style(.text, on: ground)).background >= 0)
        }
        #expect(theme.look(of: Style(.heat(0))) != theme.look(of: Style(.heat(255))))
    }

    @Test(arguments: [ColorDepth.palette256, .ansi16])
    func `never draws text in the colour of its own ground`(_ depth: ColorDepth) {
        let theme = Theme(depth, colorCount: depth == .ansi16 ? 16 : 256)
        for ground in [Role.selection, .past, .critical, .warning, .marked, .focus, .cursor] {
            for role in [Role.text, .title, .accent, .muted, .onBar, .key, .good] {
                let look = theme.look(of: Style(role, on: ground))
                #expect(look.foreground != look.background, "\(role) on \(ground) at \(depth)")
                // A light terminal's own text is dark, as these grounds are.
                #expect(look.foreground >= 0)
            }
        }
    }

    @Test func `grows hotter without a step back`() {
        let theme = Theme(.palette256)
        var seen: [Int] = []
        for level in UInt8.min...UInt8.max {
            let color = theme.look(of: Style(.heat(level))).foreground
            if seen.last != color { seen.append(color) }
        }
        #expect(seen.count == Set(seen).count && seen.count >= 10)
    }

    @Test func `keeps meaning without colours, by attributes`() {
        let theme = Theme(.mono)
        #expect(theme.look(of: Style(.critical)).isBold && theme.look(of: Style(.warning)).isBold)
        #expect(theme.look(of: Style(.muted)).isDim && theme.look(of: Style(.ghost)).isDim)
        #expect(theme.look(of: Style(.title)).isBold)
        for ground in [Role.selection, .cursor, .past, .critical] {
            #expect(theme.look(of: Style(.text, on: ground)).isReverse)
            // What is reversed already stands out by being turned back.
            #expect(!theme.look(of: Style(.text, on: ground, reverse: true)).isReverse)
        }
        let look = theme.look(of: Style(.text, bold: true, dim: true, reverse: true, underline: true))
        #expect(look.isBold && look.isDim && look.isReverse && look.isUnderlined)
    }

    @Test func `shows bright colours as bold, and grey as dim, where there are eight`() {
        let theme = Theme(.ansi16, colorCount: 8)
        let muted = theme.look(of: Style(.muted))
        #expect(muted.foreground == -1 && muted.isDim)
        let series = theme.look(of: Style(.series(6)))
        #expect(series.foreground == 2 && series.isBold)
    }
}
