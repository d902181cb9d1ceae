import Canvas
import Dashboard
import Foundation
import TestSupport
import Testing
import Text

@Suite struct `The table of commands` {
    @Test func `has each command once`() {
        for command in Command.allCases {
            #expect(CommandTable.entries.filter { $0.command == command }.count == 1, "\(command)")
        }
    }

    @Test(arguments: ScreenID.allCases)
    func `gives no key two meanings on a screen`(_ screen: ScreenID) {
        var owners: [KeyPress: Command] = [:]
        for entry in CommandTable.entries(on: screen) {
            for key in entry.keys {
                #expect(
                    owners[key] == nil,
                    "\(key.name) is \(entry.command) and \(String(describing: owners[key]))")
                owners[key] = entry.command
                #expect(CommandTable.command(for: key, on: screen) == entry.command)
            }
        }
    }

    @Test func `leaves the keys of tmux, screen and flow control alone, and gives hands what they know`() {
        for screen in ScreenID.allCases {
            for character in "absqo" {
                #expect(CommandTable.command(for: .control(character), on: screen) == nil)
            }
            for (key, command) in [
                ("j", Command.down), ("k", .up), ("g", .first), ("G", .last), ("/", .query), (":", .palette),
                ("?", .help), ("p", .pause), ("=", .pause), (",", .stepBack), (".", .stepForward),
                ("!", .shell),
                ("[", .stepBack), ("]", .stepForward), ("<", .sortLeft), (">", .sortRight), ("q", .back),
            ] as [(Character, Command)] {
                // Text has no columns, and `/` looks for something in it, as in less.
                // Deploys stand in the order of time.
                if [.logs, .deploys].contains(screen), [.query, .sortLeft, .sortRight].contains(command) {
                    continue
                }
                // Alerts have an order of their own: what needs somebody first.
                if screen == .alerts, [.sortLeft, .sortRight].contains(command) { continue }
                #expect(CommandTable.command(for: KeyPress(.character(key)), on: screen) == command, "\(key)")
            }
        }
    }

    @Test(arguments: ScreenID.allCases)
    func `lists every key of a screen in its help`(_ screen: ScreenID) {
        var stage = Stage.live(screen, width: 200, height: 200)
        stage.type("?")
        for entry in CommandTable.entries(on: screen) where !entry.keys.isEmpty {
            #expect(
                stage.lines.contains { $0.contains(entry.keyNames.string) && $0.contains(entry.help.string) },
                "\(entry.command)")
        }
        stage.press(.escape)
        #expect(!stage.text.contains("esc closes"))
    }

    @Test(arguments: ScreenID.allCases)
    func `says how much of its help is below, until the last line is there`(_ screen: ScreenID) {
        var stage = Stage.live(screen, width: 80, height: 24)
        stage.type("?")
        #expect(stage.text.contains(" more below, space shows them  esc closes"))
        stage.type("   ")
        #expect(!stage.text.contains("more below"))
        let last = CommandTable.entries(on: screen).last { $0.section == .other && !$0.keys.isEmpty }
        #expect(stage.text.contains(last?.help.string.prefix(40) ?? "nothing"))
    }

    @Test(arguments: ScreenID.allCases)
    func `is all in the palette`(_ screen: ScreenID) {
        var stage = Stage.live(screen, width: 200, height: 200)
        stage.type(":")
        for entry in CommandTable.entries(on: screen) {
            #expect(stage.lines.contains { $0.contains(entry.name.string) && $0.contains(entry.help.string) })
        }
    }

    @Test func `is what docs/keys.md says`() throws {
        let file = Repository.root.appending(path: "docs/keys.md")
        let difference = try Golden.difference(file: file, KeysDocument.lines)
        #expect(difference == nil, "\(difference ?? "")")
    }
}
