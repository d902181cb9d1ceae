import RequestLogs
import Testing

@Suite struct `A line buffer` {
    private func lines(_ bytes: [UInt8], cuts: [Int]) -> [String] {
        var buffer = LineBuffer()
        var found: [String] = []
        var start = 0
        for end in cuts.sorted() + [bytes.count] {
            var offset = start
            repeat {
                offset += buffer.append(bytes.span.extracting(0..<end), from: offset)
                let isFinal = end == bytes.count && offset == end
                buffer.forEachLine(isFinal: isFinal) { bytes, first, last, isCut in
                    let head = (first..<min(last, first + 20)).map { bytes[$0] }
                    found.append("\(String(decoding: head, as: UTF8.self)) \(last - first) \(isCut)")
                }
            } while offset < end
            start = end
        }
        return found
    }

    @Test func `gives lines without their ends, with either line end, and the last without one`() {
        #expect(
            lines(Array("one\ntwo\r\n\nthree".utf8), cuts: []) == [
                "one 3 false", "two 3 false", " 0 false", "three 5 false",
            ])
        #expect(lines([], cuts: []).isEmpty)
        #expect(lines([0x0A], cuts: []) == [" 0 false"])
    }

    @Test(arguments: [0, 1, 2, 100, -1])
    func `reads the head of a line over the limit and skips its tail, wherever it is cut`(_ extra: Int) {
        let long = [UInt8](repeating: 0x78, count: LineBuffer.lineMax + extra)
        let bytes = Array("a\n".utf8) + long + Array("\nb\n".utf8)
        let whole = lines(bytes, cuts: [])
        let head =
            extra > 0
            ? "xxxxxxxxxxxxxxxxxxxx \(LineBuffer.lineMax) true" : "xxxxxxxxxxxxxxxxxxxx \(long.count) false"
        #expect(whole == ["a 1 false", head, "b 1 false"])
        for cut in [1, 2, 3, LineBuffer.lineMax, LineBuffer.lineMax + 2, bytes.count - 3, bytes.count - 1] {
            #expect(lines(bytes, cuts: [cut]) == whole, "cut at \(cut)")
        }
    }

    @Test func `reads a line of many megabytes without keeping it`() {
        let bytes = [UInt8](repeating: 0x78, count: 5_000_000) + Array("\nend".utf8)
        #expect(lines(bytes, cuts: [1_000_000]).last == "end 3 false")
    }
}
