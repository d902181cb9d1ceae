import ArgumentParser
import Fleet
import Foundation
import HubClient
import Telemetry
import Text

struct HandoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "handover",
        abstract: "What the next shift must know: fired, taken on, silenced, deployed, unreachable.",
        discussion: HelpSections(
            examples: """
                martlet handover                     of the last eight hours
                martlet handover --since 24h
                martlet handover --since 'yesterday 22:00' --until 06:00
                martlet handover -o jsonl            the events alone, for programs
                """,
            exitStatus: """
                0   printed
                64  a word of the command line is wrong
                69  no hub runs
                77  the hub's socket is not open to this user
                """,
            environment: AlertCall.environment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion("Times are local. The hub keeps ninety days of events."))

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What happened from then on: \(SinceSpan.help).", valueName: "time"))
    var since = "8h"

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("What happened up to then: \(SinceSpan.help).", valueName: "time"))
    var until: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    func validate() throws {
        try span.check()
    }

    private var span: SinceSpan { SinceSpan(since: since, until: until, days: 90) }

    func run() async throws {
        let (board, happenings, hosts) = try await asked.call("handover") { client in
            let (from, to) = try await span.moments(client)
            let (events, marks) = try await EventsCommand.happened(client, from, to)
            let board = try await client.alerts()
            let hosts = try await client.hosts()
            return (board, Happening.list(events, marks), hosts)
        }
        AlertText.warn("handover", of: board)
        let table = EventsCommand.table(happenings)
        guard output == .table else { return print(try table.text(as: output), terminator: "") }
        let handover = Handover(
            board: board, hosts: hosts, clock: { AlertText.time($0) }, minute: AlertText.minute,
            age: { AlertText.age(since: $0, $1) })
        print(handover.lines.map { SafeText($0).string }.joined(separator: "\n"))
        print("\nHAPPENED since \(since)\(until.map { " until \($0)" } ?? "")")
        print(
            happenings.isEmpty ? "  nothing" : try table.text(as: .table),
            terminator: happenings.isEmpty ? "\n" : "")
    }
}
