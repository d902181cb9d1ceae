import Testing
import Text

@Suite struct `A plain table` {
    @Test func `keeps its columns apart and cuts nothing`() {
        var table = PlainTable([.init("HOST"), .init("CPU%", alignment: .right), .init("STATE")])
        table.append(["web-eu-017", "97", "live"])
        table.append(["文字", "4.10"])
        table.append(["db", "1", "no route to host\n", "beyond"])
        #expect(
            table.lines.map(\.string) == [
                "HOST        CPU%  STATE",
                "web-eu-017    97  live",
                "文字        4.10",
                "db             1  no route to host␊",
            ])
    }

    @Test func `ends each line with a newline`() {
        #expect(PlainTable([.init("A"), .init("B")]).text == "A  B\n")
    }

    @Test(arguments: [
        // All fit.
        (40, ["ID    NAME            SUMMARY", "a41f  restart-web-01  it is full"]),
        // The rest gives way first, down to what says something.
        (34, ["ID    NAME            SUMMARY", "a41f  restart-web-01  it is full"]),
        (28, ["ID    NAME", "a41f  restart-web-01"]),
        // Then what may be cut, and never what is whole.
        (14, ["ID    NAME", "a41f  restart…"]),
        // A line is never wider, whatever is left.
        (9, ["ID    NA…", "a41f  re…"]),
    ])
    func `keeps to a width`(_ width: Int, _ lines: [String]) {
        var table = PlainTable([
            .init("ID", fit: .whole), .init("NAME"), .init("SUMMARY", fit: .rest),
        ])
        table.append(["a41f", "restart-web-01", "it is full"])
        #expect(table.text(within: width) == lines.map { $0 + "\n" }.joined())
    }

    @Test func `cuts the widest column first`() {
        var table = PlainTable([.init("A"), .init("B")])
        table.append(["0123456789", "0123456789abcdef"])
        #expect(table.text(within: 22) == "A           B\n0123456789  012345678…\n")
        #expect(table.text(within: nil) == table.text)
    }
}
