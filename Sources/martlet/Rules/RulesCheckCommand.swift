import ArgumentParser
import Fleet
import Foundation
import Hub
import Text

struct RulesCheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Say everything that is wrong with rules.yaml.",
        discussion: HelpSections(
            examples: """
                martlet rules check                  the rules.yaml of the folder in use
                martlet rules check --config .       the one that is being written
                martlet rules check -o jsonl         for an editor, a line an error
                """,
            exitStatus: """
                0   all is right, and there is a rules.yaml or none
                1   it can be used, but there is something to look at
                64  a word of the command line is wrong
                65  something is wrong: a reload would change nothing
                """,
            environment: HelpSections.folderEnvironment,
            files: """
                rules.yaml       what to be told about, and how;
                                 docs/rules-yaml.md has every field
                """
        ).discussion(
            """
            Needs no hub. Says of each fault file, line, column, what is wrong and what to write instead; warns of \
            selectors that no host of hosts.yaml answers to, and of hooks that could not be started. martlet check \
            does the same for the whole folder, and says what a reload would change.
            """))

    @Option(help: ArgumentHelp("The configuration folder, before all other places.", valueName: "folder"))
    var config: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    func run() async throws {
        guard let folder = HostArguments.folder(config) else {
            print("no configuration folder is there: \(Self.summary(of: .shipped))")
            return
        }
        let path = folder.path
        let load = await ConfigurationLoad.whole(
            path, agent: Programs.agent, now: Int64(Date().timeIntervalSince1970 * 1000))
        // Of hosts.yaml only a folder that is not there matters here.
        let missing = FileManager.default.fileExists(atPath: path) ? [] : load.hostErrors
        let errors = missing + load.ruleErrors
        let warnings = load.warnings.filter { $0.hasPrefix("\(path)/rules.yaml") }
        var report = ListReport("what", "text")
        for error in errors { report.add("wrong", error.description) }
        for warning in warnings { report.add("look", warning) }
        if output == .table {
            for row in report.rows { print("\(row[0] == "wrong" ? "X" : "!") \(SafeText(row[1]).string)") }
            if errors.isEmpty { print(Self.summary(of: load.rules)) }
        } else {
            print(try report.text(as: output), terminator: "")
        }
        if !errors.isEmpty { throw ExitStatus.badFile }
        if !warnings.isEmpty { throw ExitStatus.bad }
    }

    /// `3 rules, 25 shipped, 2 hooks`.
    static func summary(of book: RuleBook) -> String {
        let shipped = book.rules.count(where: \.isShipped)
        let own = book.rules.count - shipped
        let hooks = book.hooks.hooks.count
        return
            "\(own) \(own == 1 ? "rule" : "rules") and \(shipped) shipped, \(hooks) \(hooks == 1 ? "hook" : "hooks")"
    }
}
