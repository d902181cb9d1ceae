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

    private func span() throws -> Int64 {
        do throws(WrittenValue.Refusal) {
            return try WrittenValue.duration(since).components.seconds * 1000
        } catch {
            throw ValidationError(error.reason)
        }
    }

    func validate() throws {
        _ = try span()
    }

    func run() async throws {
        let span = try span()
        let (board, events, hosts) = try await asked.call("handover") { client in
            let board = try await client.alerts()
            let from = board.time.advanced(byMilliseconds: -span)
            let events = try await client.alertEvents(from: from, to: board.time.advanced(byMilliseconds: 1))
            return (board, events, try await client.hosts())
        }
        let table = AlertTable(titles: ["AT", "WHAT", "ID", "SUBJECT", "WHERE", "BY", "TEXT"], rows: events) {
            [AlertText.time($0.at), $0.kind.rawValue, $0.id, $0.subject, $0.place, $0.by, $0.text]
        }
        guard output == .table else { return print(try table.text(as: output), terminator: "") }
        print(Self.sections(board, hosts, since: since).joined(separator: "\n"))
        print("\nHAPPENED since \(since)")
        print(
            events.isEmpty ? "  nothing" : try table.text(as: .table), terminator: events.isEmpty ? "\n" : "")
    }

    private static func sections(_ board: AlertBoard, _ hosts: [HostSummary], since: String) -> [String] {
        var lines: [String] = []
        func add(_ title: String, _ rows: [String]) {
            lines.append(rows.isEmpty ? "\(title)  none" : title)
            lines += rows.map { "  " + SafeText($0).string }
        }
        let firing = board.alerts.filter { $0.state == .firing }
        add(
            "FIRING",
            firing.map { alert in
                let age = AlertText.age(since: alert.firedAt ?? alert.since, board.time)
                let owner = alert.acknowledged.map {
                    " - \($0.by) has it\($0.note.isEmpty ? "" : ": \($0.note)")"
                }
                return
                    "\(alert.id) \(alert.severity.rawValue) for \(age): \(alert.summary)\(owner ?? " - nobody has it")"
            })
        add(
            "SILENCED",
            board.silences.map {
                "\($0.id) \($0.selector) until \(AlertText.time($0.until)) by \($0.by)\($0.note.isEmpty ? "" : ": \($0.note)")"
            })
        add(
            "OUT OF REACH",
            hosts.compactMap { host in
                switch host.state {
                case .failed(let reason, _): "\(host.host): \(reason)"
                case .stale: "\(host.host): silent"
                case .live, .connecting, .off: nil
                }
            })
        add(
            "HOOKS",
            board.runsHooks
                ? board.reports.filter { !$0.isDone }.map {
                    "\(AlertText.time($0.at)) \($0.hook): \($0.outcome)"
                } : ["off: this hub runs none"])
        return lines
    }
}
