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
}
