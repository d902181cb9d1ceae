import Canvas

/// A height at which a section of the Host screen shows one thing more, and how soon it should have it.
struct PanelHeight: Hashable, Sendable {
    let rows: Int
    /// Lower ranks are served first.
    let rank: Int
}

/// One section of the Host screen: a rule that says the most important, and rows below it that say more.
protocol HostPanel: Widget {
    /// Its useful heights, rising; empty when it has nothing to say.
    var heights: [PanelHeight] { get }
}

/// Sections one above another.
struct PanelStack: Widget {
    let panels: [any HostPanel]

    /// Rows for each panel, 0 for those that have no room: the step of the lowest rank that still fits is taken, until
    /// none does.
    static func share(_ rows: Int, among wishes: [[PanelHeight]]) -> [Int] {
        var given = Array(repeating: 0, count: wishes.count)
        var next = Array(repeating: 0, count: wishes.count)
        var free = rows
        while true {
            let fitting = wishes.indices.filter { place in
                next[place] < wishes[place].count && wishes[place][next[place]].rows - given[place] <= free
            }
            guard let place = fitting.min(by: { wishes[$0][next[$0]].rank < wishes[$1][next[$1]].rank })
            else {
                return given
            }
            free -= wishes[place][next[place]].rows - given[place]
            given[place] = wishes[place][next[place]].rows
            next[place] += 1
        }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        var rest = rect
        for (place, rows) in Self.share(rect.height, among: panels.map(\.heights)).enumerated() where rows > 0
        {
            let parts = rest.splitTop(rows)
            buffer.clipped(to: parts.top) { panels[place].draw(on: &$0, in: parts.top) }
            rest = parts.rest
        }
    }
}
