import ArgumentParser
import Fleet
import Foundation
import HubClient
import Telemetry
import Text

struct HandoverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "handover",
        abstract: "What the next shift must know: fired, taken on, silenced, unreachable.",
        discussion: HelpSections(
            examples: """
                martlet handover                     of the last eight hours
                martlet handover --since 24h
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

    @Option(help: "From so long ago: 8h, 1d.")
    var since = "8h"

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    func validate() throws {
        _ = try SinceSpan.milliseconds(since, days: 90)
    }

    static func table(_ events: [AlertEvent]) -> AlertTable<AlertEvent> {
        AlertTable(titles: ["AT", "WHAT", "ID", "SUBJECT", "WHERE", "BY", "TEXT"], rows: events) {
            [AlertText.time($0.at), $0.kind.rawValue, $0.id, $0.subject, $0.place, $0.by, $0.text]
        }
    }

    func run() async throws {
        let span = try SinceSpan.milliseconds(since, days: 90)
        let (board, events, hosts) = try await asked.call("handover") { client in
            let board = try await client.alerts()
            let from = board.time.advanced(byMilliseconds: -span)
            let events = try await client.alertEvents(from: from, to: board.time.advanced(byMilliseconds: 1))
            let hosts = try await client.hosts()
            return (board, events, hosts)
        }
        AlertText.warn("handover", of: board)
        let table = Self.table(events)
        guard output == .table else { return print(try table.text(as: output), terminator: "") }
        let handover = Handover(
            board: board, hosts: hosts, clock: { AlertText.time($0) }, age: { AlertText.age(since: $0, $1) })
        print(handover.lines.map { SafeText($0).string }.joined(separator: "\n"))
        print("\nHAPPENED since \(since)")
        print(
            events.isEmpty ? "  nothing" : try table.text(as: .table), terminator: events.isEmpty ? "\n" : "")
    }
}
