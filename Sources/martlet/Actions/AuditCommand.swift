import ArgumentParser
import Fleet
import Foundation
import HubClient
import Telemetry
import Text

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Print who ordered what, where, and what became of it.",
        discussion: HelpSections(
            examples: """
                martlet audit
                martlet audit --since 30d -o jsonl
                martlet audit --exit-code && echo untouched
                """,
            exitStatus: """
                0   printed, whatever it says
                1   with --exit-code: the records do not follow from one another
                64  a word of the command line is wrong
                69  no hub can be reached
                77  the hub's socket is not open to this user
                """,
            environment: HelpSections.hubEnvironment,
            files: """
                $XDG_STATE_HOME/martlet/audit.jsonl
                                 a record a line, with the digest of the one before
                """
        ).discussion(
            """
            The hub's own record of orders. Each host notes the same in its syslog, facility authpriv, where a hub cannot \
            change it. A record that was changed, taken out or moved is named. A terminal gets local times and what fits \
            its width; a pipe, and -o csv or json, get all, in UTC.
            """))

    @OptionGroup var options: ActionOptions

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From then on: \(SinceSpan.help).", valueName: "time"))
    var since = "7d"

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Up to then: \(SinceSpan.help).", valueName: "time"))
    var until: String?

    @Flag(help: "End with 1 where a record was changed, taken out or moved.")
    var exitCode = false

    func validate() throws {
        try span.check()
    }

    /// The audit is never cut: ten years are more than there are.
    private var span: SinceSpan { SinceSpan(since: since, until: until, days: 3660) }

    func run() async throws {
        try await ActionFailure.catching("audit") {
            let client = try await HubAccess(socket: options.hub, hosts: []).connect()
            let (from, to) = try await span.moments(client)
            let (all, fault) = try await client.audit(since: from.milliseconds)
            let records = until == nil ? all : all.filter { $0.time < to.milliseconds }
            print(try Self.text(records, options.output, showsNumbers: fault != nil), terminator: "")
            if let fault {
                ActionFailure.complain("audit", "the audit was changed: \(fault)")
                if exitCode { throw ExitStatus.bad }
            }
        }
    }

    static func text(
        _ records: [AuditRecord], _ format: ListFormat, showsNumbers: Bool = false,
        within width: Int? = ListText.terminalWidth
    ) throws -> String {
        let universal = ISO8601DateFormatter()
        let isForTerminal = format == .table && width != nil
        let rows = records.map { record -> [String] in
            let run = record.order
            let asker = record.asker
            let actor = ["user", "uid"].compactMap { asker[$0] }.first ?? ""
            let named = asker["as"].map { " as \($0)" } ?? ""
            let parameters = (run?.parameters ?? [:]).sorted { $0.key < $1.key }.map {
                "\($0.key)=\($0.value)"
            }
            return [
                "\(record.number)",
                isForTerminal
                    ? AlertText.time(Timestamp(milliseconds: record.time))
                    : universal.string(from: Date(timeIntervalSince1970: Double(record.time) / 1000)),
                actor + named, record.event, run?.host ?? "",
                ([run?.action ?? ""] + parameters).joined(separator: " "),
                run.map { record.event == "ended" ? $0.words : "" } ?? record.text, run?.id ?? "",
            ]
        }
        return try ListText.text(
            [
                showsNumbers ? ListColumn("number", .whole) : ListColumn("number", .hidden),
                ListColumn("time", .time), "actor",
                ListColumn("event", .whole),
                "host", "action", "result", ListColumn("order", .id),
            ], rows, records, format, within: width)
    }
}
