import ArgumentParser
import Fleet
import HubClient
import Telemetry
import Text

struct RulesTryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "try",
        abstract: "Say when a condition would have made an alert.",
        discussion: HelpSections(
            examples: """
                martlet rules try 'cpu(5m) > 90% for 10m'
                martlet rules try 'disk.used > 80%' --where role=db --since 24h
                martlet rules try 'http.p99 > 1s' -o csv
                """,
            exitStatus: """
                0   a list was printed, or it would never have fired
                64  the condition, the selector or another word is wrong
                69  no hub runs
                """,
            environment: HelpSections.hubEnvironment, files: HelpSections.hubFiles
        ).discussion(
            """
            Asks the hub, which runs the condition over the history it has: the last hour second by second, up to \
            three days by the minute. Changes nothing, and tells nobody.
            """))

    @Argument(help: ArgumentHelp("The condition, as after when: in rules.yaml.", valueName: "condition"))
    var condition: String

    @Option(
        name: .customLong("where"), help: ArgumentHelp("A selector: which series.", valueName: "selector"))
    var selector: String?

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From then on, up to 3d ago: \(SinceSpan.help).", valueName: "time"))
    var since = "1h"

    @Option(help: ArgumentHelp("The hub at this socket instead of the usual ones.", valueName: "socket"))
    var hub: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    func validate() throws {
        do throws(QueryError) {
            // Which tags hosts have the hub knows.
            _ = try Condition(condition, tags: nil)
        } catch {
            throw ValidationError("`\(condition)`, \(error)")
        }
        if let selector {
            do throws(QueryError) {
                _ = try Selector(selector)
            } catch {
                throw ValidationError("`\(selector)`, \(error)")
            }
        }
        try span.check()
    }

    private var span: SinceSpan { SinceSpan(since: since, days: 3) }

    func run() async throws {
        try await ActionFailure.catching("rules try") {
            let client = try await HubAccess(socket: hub, hosts: []).connect()
            let (from, to) = try await span.moments(client)
            let trial = try await client.tryCondition(
                condition, selector: selector, sinceMilliseconds: max(1000, to.milliseconds(since: from)))
            if output == .table, trial.spans.isEmpty {
                print(Self.sentence(trial, since))
            } else {
                print(try Self.text(trial, output), terminator: "")
                if output == .table { ActionFailure.complain("rules try", Self.seen(trial)) }
            }
        }
    }

    static func sentence(_ trial: RuleTrial, _ since: String) -> String {
        trial.series == 0
            ? "n/a: since \(since) the hub has nothing that \(trial.condition) looks at"
            : "it would not have fired since \(since); \(seen(trial))"
    }

    /// How much there was to look at: who fired over an empty past has not been tried.
    static func seen(_ trial: RuleTrial) -> String {
        let things = "looked at \(trial.series == 1 ? "1 thing" : "\(trial.series) things")"
        guard let hosts = trial.hosts, let from = trial.dataFrom, let to = trial.dataTo else { return things }
        let gap = trial.gapMilliseconds.flatMap { $0 > 0 ? Format.age(Double($0) / 1000).string : nil }
        return
            "\(things) of \(Format.counted(hosts, "host")), with data from \(SignalUnit.moment(from)) to "
            + "\(SignalUnit.moment(to)), \(gap.map { "\($0) of it without" } ?? "without a gap")"
    }

    static func text(_ trial: RuleTrial, _ format: ListFormat) throws -> String {
        let rows = trial.spans.map { span in
            [
                SignalUnit.moment(span.firedAt), span.until.map(SignalUnit.moment) ?? "-", span.valueText,
                span.labels.pairs.map { "\($0.name)=\($0.value)" }.joined(separator: " "),
            ]
        }
        return try ListText.text(
            [ListColumn("fired", .whole), ListColumn("over", .whole), ListColumn("value", .whole), "labels"],
            rows, trial.spans, format)
    }
}
