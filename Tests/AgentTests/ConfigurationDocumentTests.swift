import Agent
import Foundation
import RequestLogs
import TestSupport
import Testing

/// docs/agent-conf.md is held against the parser: its keys, its formats, its defaults and the ends of its ranges.
@Suite struct `The page about agent.conf` {
    private struct Row {
        var kind: String
        var key: String
        var type: String
        var standard: String
        var words: String
    }

    private static var page: String {
        get throws {
            try String(contentsOf: Repository.root.appending(path: "docs/agent-conf.md"), encoding: .utf8)
        }
    }

    private static var rows: [Row] {
        get throws {
            var kind = ""
            return try page.split(separator: "\n").compactMap { line in
                if line.hasPrefix("## ") {
                    kind = line.hasPrefix("## [") ? String(line.dropFirst(4).prefix { $0.isLetter }) : ""
                }
                guard !kind.isEmpty, line.hasPrefix("| `") else { return nil }
                let cells = line.replacing("\\|", with: "\u{1}").split(separator: "|").map {
                    $0.trimmingCharacters(in: .whitespaces).replacing("\u{1}", with: "|")
                }
                guard cells.count == 4 else { return nil }
                let key = cells[0].trimmingCharacters(in: ["`"])
                return Row(
                    kind: kind, key: key, type: cells[1], standard: cells[2].trimmingCharacters(in: ["`"]),
                    words: cells[3])
            }
        }
    }

    @Test(arguments: ["agent", "record", "log", "probe", "action"])
    func `has each key that the parser knows, and no other`(_ kind: String) throws {
        let keys = try Self.rows.filter { $0.kind == kind }.map { row in
            row.key.hasSuffix(".NAME") ? String(row.key.dropLast(4)) : row.key
        }
        #expect(keys.sorted() == AgentConfiguration.keys(of: kind).sorted())
    }

    @Test func `names each format`() throws {
        let page = try Self.page
        for name in LogFormats.names { #expect(page.contains("`\(name)`"), "\(name)") }
    }

    /// A section of its kind that is right but for `key`.
    private static func section(_ row: Row, _ value: String) -> String {
        let others = [
            "log": ["path = /x"], "probe": ["tcp = x:1"], "action": ["about = x", "run = /x"],
        ]
        let name = others[row.kind] == nil ? "" : " a"
        return "[\(row.kind)\(name)]\n" + (others[row.kind] ?? []).joined(separator: "\n")
            + "\n\(row.key) = \(value)\n"
    }

    private static func isTaken(_ row: Row, _ value: String) -> Bool {
        AgentConfiguration.parse([("a", Array(section(row, value).utf8))]).findings.isEmpty
    }

    @Test func `tells defaults and ranges that the parser takes, and takes nothing beyond`() throws {
        var ranges = 0
        for row in try Self.rows where ["duration", "size", "ratio", "number", "bool"].contains(row.type) {
            #expect(Self.isTaken(row, row.standard), "\(row)")
            #expect(!Self.isTaken(row, "maybe"), "\(row)")
            let words = row.words.split(separator: " ").map { $0.trimmingCharacters(in: [";", ",", ":"]) }
            guard words.count >= 3, words[1] == "to" else { continue }
            ranges += 1
            #expect(Self.isTaken(row, words[0]), "\(row)")
            #expect(Self.isTaken(row, words[2]), "\(row)")
            let digits = words[2].prefix { $0.isNumber }
            let beyond = "\((Int(digits) ?? 0) + 1)" + words[2].dropFirst(digits.count)
            #expect(!Self.isTaken(row, beyond), "\(row) takes \(beyond)")
        }
        #expect(ranges == 13)
    }

    @Test func `tells words that the parser takes`() throws {
        for row in try Self.rows where row.type == "word" && row.words.contains("or `") {
            let list = row.words.split(separator: ":")[0]
            let words = list.split(separator: "`", omittingEmptySubsequences: false).enumerated()
                .filter { $0.offset % 2 == 1 }.map { String($0.element) }
            for word in words {
                #expect(Self.isTaken(row, word.replacing("KEY.KEY", with: "a.b")), "\(row.key) \(word)")
            }
        }
    }
}

@Suite struct `The fuzz target of agent.conf` {
    @Test func `holds its promises over many seeded inputs`() throws {
        guard let program = Program.built("ConfigurationFuzz") else {
            print("skipped: ConfigurationFuzz is not there")
            return
        }
        let result = try Program.run(program, ["2000", "20261125"])
        #expect(result.status == 0, "\(result.output)\(result.errors)")
    }
}
