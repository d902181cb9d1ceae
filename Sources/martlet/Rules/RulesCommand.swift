import ArgumentParser

struct RulesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules",
        abstract: "Check rules.yaml, show how rules stand, and try a condition on the past.",
        discussion: HelpSections(
            examples: """
                martlet rules check                              is rules.yaml right
                martlet rules show                               all rules, and what fires
                martlet rules show --signals                     what conditions can look at
                martlet rules try 'cpu(5m) > 90% for 10m'        when it would have fired
                """,
            exitStatus: """
                0   done
                64  a word of the command line is wrong
                65  something is wrong with rules.yaml
                69  no hub runs
                """,
            environment: HelpSections.hubEnvironment,
            files: """
                rules.yaml       what to be told about; docs/rules-yaml.md has every field
                """
        ).discussion(
            """
            A rule is a condition over signals, with a time for which it must hold. Without a rules.yaml the shipped \
            rules are on, and only the screen tells.
            """),
        subcommands: [RulesCheckCommand.self, RulesShowCommand.self, RulesTryCommand.self])
}
