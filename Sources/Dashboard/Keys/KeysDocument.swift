import Text

/// docs/keys.md, from the table of commands.
package enum KeysDocument {
    package static var lines: [String] {
        [
            "# Keys", "",
            "Made from the table of commands (`Sources/Dashboard/Keys/CommandTable.swift`); a test holds both together.",
            "`:` finds each command by its name. ctrl-a, ctrl-b, ctrl-s, ctrl-q and ctrl-o are never bound: they belong to",
            "tmux, screen and flow control. Pasted text is never taken for keys.", "",
        ] + CommandEntry.Section.allCases.flatMap(section)
    }

    private static func section(_ section: CommandEntry.Section) -> [String] {
        let entries = CommandTable.entries.filter { $0.section == section }
        return [
            "## \(section.rawValue)", "", "| key | command | screens | does |", "| --- | --- | --- | --- |",
        ]
            + entries.map { entry in
                let keys = entry.keys.map { "`\($0.name.string)`" }.joined(separator: " ")
                let screens =
                    entry.screens.count == ScreenID.allCases.count
                    ? "all"
                    : ScreenID.allCases.filter(entry.screens.contains).map(\.title).joined(separator: ", ")
                return "| \(keys) | \(entry.name) | \(screens) | \(entry.help) |"
            } + [""]
    }
}
