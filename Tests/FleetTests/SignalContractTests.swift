import Fleet
import TestSupport
import Testing

/// The tables of operators-contract 3.3 and 3.4 against the catalogue.
@Suite(.enabled(if: OperatorsContract.isHere, "\(OperatorsContract.path) is not here"))
struct `The contract's signals and placeholders` {
    /// A row of the table, of one signal.
    private struct Row {
        let name: String
        let unit: String
        let windowSeconds: Int64?
        let identity: [String]
        let promQL: String
    }

    private static let units: [String: SignalUnit] = [
        "ratio": .ratio, "number": .number, "size": .bytes, "size/s": .bytesPerSecond, "count": .count,
        "count/s": .perSecond, "duration": .seconds, "C": .celsius, "0 or 1": .flag,
    ]

    /// The table; a row of several quantiles is one for each, and one that is "the same with" another selection is written out.
    private static let rows: [Row] = {
        var rows: [Row] = []
        for cells in OperatorsContract.table("### 3.3 Signals") where cells.count == 5 {
            let window = cells[2] == "-" ? nil : seconds(cells[2])
            let identity = cells[3] == "(one)" ? [] : cells[3].split(separator: ", ").map(String.init)
            var promQL = OperatorsContract.code(cells[4])[0]
            if cells[4].hasPrefix("the same with "), let last = rows.last?.promQL {
                promQL = last.replacing(#"code=~"5..""#, with: promQL)
            }
            for (place, name) in OperatorsContract.code(cells[0]).enumerated() {
                let whole = name.hasPrefix(".") ? "http\(name)" : name
                let share = whole.hasSuffix(".p50") ? "0.5" : whole.hasSuffix(".p90") ? "0.9" : "0.95"
                let isLast = place == OperatorsContract.code(cells[0]).count - 1
                rows.append(
                    Row(
                        name: whole, unit: cells[1], windowSeconds: window, identity: identity,
                        promQL: isLast ? promQL : promQL.replacing("(0.99,", with: "(\(share),")))
            }
        }
        return rows
    }()

    private static func seconds(_ text: String) -> Int64? {
        guard let number = Int64(text.dropLast()) else { return nil }
        return ["s": 1, "m": 60, "h": 3600][text.suffix(1)].map { number * $0 }
    }

    @Test func `have the names, units, windows, identities and definitions that were promised`() {
        #expect(Self.rows.count == 52)
        for row in Self.rows {
            guard let signal = Signal.named(row.name) else {
                Issue.record("no signal \(row.name)")
                continue
            }
            #expect(signal.unit == Self.units[row.unit], "\(row.name)")
            #expect(signal.windowSeconds == row.windowSeconds, "\(row.name)")
            #expect(signal.identity == row.identity, "\(row.name)")
            #expect(signal.promQL == row.promQL, "\(row.name)")
        }
    }

    @Test func `have no definition besides those that were promised`() {
        let defined = Set(Signal.catalogue.filter { !$0.promQL.isEmpty }.map(\.name))
        #expect(defined.subtracting(Self.rows.map(\.name)) == [])
    }

    @Test func `fill the placeholders that were promised, and labels of the alert besides`() throws {
        let words = OperatorsContract.section("### 3.4 Placeholders of `summary`").joined(separator: " ")
        let code = OperatorsContract.code(words)
        let names = { (text: String) in
            text.split { "{} …".contains($0) }.map(String.init)
        }
        #expect(names(code[0]) == SummaryTemplate.known)
        // The text names some labels as examples: each is what some signal's alerts are told apart by.
        let labels = Set(Signal.catalogue.flatMap(\.identity) + ["route"])
        #expect(names(code[1]).count == 4 && labels.isSuperset(of: names(code[1])))
        #expect(code.last == "{alert} {host or service} {value} (limit {threshold})")
        for label in ["host", "service"] {
            let usual = SummaryTemplate.usual(of: [label]).filled { "{\($0)}" }
            #expect(usual == code.last?.replacing("host or service", with: label))
        }
    }
}
