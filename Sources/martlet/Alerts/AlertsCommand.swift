import ArgumentParser
import Fleet
import Foundation
import HubClient
import Synchronization
import Telemetry
import Text

struct AlertsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alerts",
        abstract: "List the alerts that are open, or try a hook.",
        discussion: HelpSections(
            examples: """
                martlet alerts                       what fires, the worst first
                martlet alerts --exit-code           1 where something fires that nobody
                                                     silenced or took on: for scripts
                martlet alerts -o jsonl | jq -r .id
                martlet alerts -f                    a line for each that fires or is over
                martlet alerts --hooks               which hooks were run, and how it went
                martlet alerts test page             run the hook page now, as a test
                martlet alerts test critical         all hooks of a severity
                """,
            exitStatus: """
                0   printed; with test, every hook ended with 0
                1   --exit-code, and something fires; test, and a hook failed
                64  a word of the command line is wrong
                69  no hub runs
                77  the hub's socket is not open to this user
                """,
            environment: AlertCall.environment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            The first column is the id that martlet ack takes. Silenced, muted and acknowledged alerts are listed too, \
            and say so. Hooks are defined in rules.yaml; docs/hooks.md says what one gets and answers.
            """),
        subcommands: [AlertListCommand.self, AlertTestCommand.self],
        defaultSubcommand: AlertListCommand.self)
}

struct AlertListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the alerts that are open (what alerts does by itself).")

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @Flag(help: "End with 1 where an alert fires that nobody silenced or acknowledged.")
    var exitCode = false

    @Flag(help: "List the last runs of hooks instead.")
    var hooks = false

    @Flag(name: [.short, .long], help: "Stay, and print each alert again when its state changes.")
    var follow = false

    @OptionGroup var asked: AlertCall

    func validate() throws {
        if follow, exitCode || hooks {
            throw ValidationError("-f follows alerts without end: leave out --exit-code and --hooks")
        }
    }

    func run() async throws {
        if follow { try await stay() }
        let board = try await asked.call("alerts") { try await $0.alerts() }
        print(try hooks ? reports(board) : alerts(board), terminator: "")
        AlertText.warn("alerts", of: board)
        if exitCode, board.alerts.contains(where: { $0.isLoud && $0.acknowledged == nil }) {
            throw ExitStatus.bad
        }
    }

    /// Until the hub is gone.
    private func stay() async throws {
        let printer = Mutex(AlertPrinter(format: output))
        try await asked.call("alerts") { client in
            try await client.liveAlerts { board in
                let text = printer.withLock { $0.text(of: board) }
                if !text.isEmpty { FileHandle.standardOutput.write(Data(text.utf8)) }
            }
            throw HubClientError.closed(client.socketPath)
        }
    }

    private func alerts(_ board: AlertBoard) throws -> String {
        let text = try Self.table(board.alerts, at: board.time).text(as: output)
        guard output == .table, board.alerts.isEmpty else { return text }
        return "no alert is open; hooks are \(board.runsHooks ? "on" : "off")\n"
    }

    static func table(_ alerts: [Alert], at now: Timestamp) -> AlertTable<Alert> {
        AlertTable(
            columns: [
                ListColumn("ID", .whole), "STATE", ListColumn("SEVERITY", .whole), "ALERT", "WHERE",
                ListColumn("SINCE", .whole), ListColumn("VALUE", .whole), ListColumn("LIMIT", .whole),
                "OWNER",
                ListColumn("SUMMARY", .rest),
            ],
            rows: alerts
        ) { alert in
            [
                alert.id, AlertText.state(alert), alert.severity.rawValue, alert.name, alert.place,
                AlertText.age(since: alert.firedAt ?? alert.since, now), alert.valueText,
                alert.thresholdText, alert.acknowledged?.by ?? "", alert.summary,
            ]
        }
    }

    private func reports(_ board: AlertBoard) throws -> String {
        try AlertTable(
            columns: [
                ListColumn("AT", .time), "HOOK", "STATUS", "ALERT", "ALERTS", "ATTEMPT", "OUTCOME",
                ListColumn("OUTPUT", .rest),
            ],
            rows: board.reports
        ) { report in
            [
                AlertText.time(report.at), report.hook, report.status, report.name, "\(report.alerts.count)",
                "\(report.attempt)", report.outcome,
                report.output.trimmingCharacters(in: .whitespacesAndNewlines),
            ]
        }.text(as: output)
    }
}

struct AlertTestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "test", abstract: "Run hooks now with MARTLET_STATUS=test, and show what they say.")

    @Argument(help: "A hook, a severity, or a rule whose hooks to run.")
    var name: String

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    func run() async throws {
        let reports = try await asked.call("alerts test") {
            try await $0.testHooks(HookTestRequest(name: name))
        }
        let table = AlertTable(columns: ["HOOK", "OUTCOME", "OUTPUT"], rows: reports) { report in
            [report.hook, report.outcome, report.output.trimmingCharacters(in: .whitespacesAndNewlines)]
        }
        print(try table.text(as: output), terminator: "")
        if reports.contains(where: { !$0.isDone }) { throw ExitStatus.bad }
    }
}

/// Words for alerts in lists.
enum AlertText {
    /// `firing`, and why nobody is told where that is so.
    static func state(_ alert: Alert) -> String {
        var words = [alert.state.rawValue]
        if !alert.silencedBy.isEmpty { words.append("silenced") }
        words += alert.mutedBy.map { mute in
            switch mute {
            case .action: "muted by action"
            case .hostSilent: "muted: host silent"
            case .hubCutOff: "muted by HubCutOff"
            }
        }
        if alert.acknowledged != nil { words.append("acked") }
        if alert.noDataSince != nil { words.append("no data") }
        return words.joined(separator: ",")
    }

    /// Says on standard error what is wrong with the hub's journal, and with what it opens and tells.
    static func warn(_ command: String, of board: AlertBoard) {
        for trouble in board.troubles {
            FileHandle.standardError.write(Data("martlet \(command): \(SafeText(trouble).string)\n".utf8))
        }
    }

    static func age(since: Timestamp, _ now: Timestamp) -> String {
        Format.age(Double(now.milliseconds(since: since)) / 1000).string
    }

    static func time(_ time: Timestamp) -> String {
        Format.dateTime(milliseconds: time.milliseconds, offsetSeconds: offsetSeconds(at: time)).string
    }

    /// `02:41`.
    static func minute(_ time: Timestamp) -> String {
        Format.clockMinute(milliseconds: time.milliseconds, offsetSeconds: offsetSeconds(at: time)).string
    }

    private static func offsetSeconds(at time: Timestamp) -> Int {
        TimeZone.current.secondsFromGMT(
            for: Date(timeIntervalSince1970: Double(time.milliseconds) / 1000))
    }
}
