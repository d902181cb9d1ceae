import Canvas
import TestSupport
import Testing
import Text

@Suite struct `The difference of two frames` {
    @Test func `is the changed cells in runs`() {
        var old = CellBuffer(width: 20, height: 2)
        old.draw("cpu 97 mem 51", x: 0, y: 0)
        var new = old
        new.draw("98", x: 4, y: 0)
        new.draw("2", x: 12, y: 0)
        #expect(runs(old, new) == [CellRun(5, 0, 1), CellRun(12, 0, 1)])
        #expect(runs(new, new).isEmpty)
    }

    @Test func `sees a change of style`() {
        let old = CellBuffer(width: 4, height: 1)
        var new = old
        new.ground(Rect(x: 1, y: 0, width: 2, height: 1), .selection)
        #expect(runs(old, new) == [CellRun(1, 0, 2)])
    }

    @Test func `takes wide characters whole`() {
        var old = CellBuffer(width: 8, height: 1)
        old.draw("a文b", x: 0, y: 0)
        var new = CellBuffer(width: 8, height: 1)
        new.draw("a字b", x: 0, y: 0)
        #expect(runs(old, new) == [CellRun(1, 0, 2)])
    }

    @Test func `is everything when the size differs`() {
        #expect(runs(CellBuffer(width: 3, height: 2), CellBuffer(width: 4, height: 1)) == [CellRun(0, 0, 4)])
    }

    @Test func `makes the old frame the new one`() {
        var random = SeededRandom(seed: 5)
        let texts: [SafeText] = ["plain", "文字列", "a文b字c", "e\u{301}", "   "]
        for _ in 0..<300 {
            var old = CellBuffer(width: 16, height: 4)
            var new = CellBuffer(width: 16, height: 4)
            for _ in 0..<6 {
                let text = texts.randomElement(using: &random) ?? ""
                let place = (
                    x: Int.random(in: -3...18, using: &random), y: Int.random(in: 0..<4, using: &random)
                )
                old.draw(text, x: place.x, y: place.y)
                if Bool.random(using: &random) { new.draw(text, x: place.x, y: place.y) }
            }
            var covered: Set<CellPosition> = []
            for run in runs(old, new) {
                #expect(new[run.x, run.y].width != 0)
                let last = new[run.x + run.count - 1, run.y]
                #expect(last.width != 2)
                covered.formUnion((run.x..<run.x + run.count).map { CellPosition(x: $0, y: run.y) })
            }
            for y in 0..<4 {
                for x in 0..<16 where !covered.contains(CellPosition(x: x, y: y)) {
                    #expect(old[x, y] == new[x, y])
                }
            }
        }
    }

    private func runs(_ old: CellBuffer, _ new: CellBuffer) -> [CellRun] {
        var runs: [CellRun] = []
        CellDiff.forEachRun(from: old, to: new) { runs.append($0) }
        return runs
    }
}

extension CellRun {
    fileprivate init(_ x: Int, _ y: Int, _ count: Int) {
        self.init(x: x, y: y, count: count)
    }
}
