import ArgumentParser
import Fleet
import Foundation
import HubClient
import Synchronization
import Telemetry

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events",
        abstract: "What happened: fired, was over, was taken on, silenced, noted, deployed.",
        discussion: HelpSections(
            examples: """
                martlet events                       of the last eight hours
                martlet events --since 02:30 --until 03:30
                martlet events -f -o jsonl           what happens from now on too,
                                                     an object a line
                martlet events --since 10m --exit-code
                                                     1 where an alert fired since
                """,
            exitStatus: """
                0   printed
                1   --exit-code, and an alert fired, or would have
                64  a word of the command line is wrong
                69  no hub runs; with -f, it is gone
                77  the hub's socket is not open to this user
                """,
            environment: AlertCall.environment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            Times are local. The hub keeps ninety days. What is late would have fired in what a host told later than it \
            happened; nobody was told of it. With -f json is printed as jsonl, and the hub's marks are not followed.
            """))

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From then on: \(SinceSpan.help).", valueName: "time"))
    var since = "8h"

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Up to then: \(SinceSpan.help).", valueName: "time"))
    var until: String?

    @Flag(name: [.short, .long], help: "Stay, and print what happens.")
    var follow = false

    @Flag(help: "End with 1 where an alert fired in that time, or would have.")
    var exitCode = false

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    func validate() throws {
        try span.check()
        if follow, until != nil || exitCode {
            throw ValidationError("-f follows without end: leave out --until and --exit-code")
        }
    }

    private var span: SinceSpan { SinceSpan(since: since, until: until, days: 90) }

    func run() async throws {
        let (from, events, marks) = try await asked.call("events") { client in
            let (from, to) = try await span.moments(client)
            let (events, marks) = try await Self.happened(client, from, to)
            return (from, events, marks)
        }
        let format: ListFormat = follow && output == .json ? .jsonl : output
        let happenings = Happening.list(events, marks)
        try Self.put(happenings, format, isFirst: true)
        if follow { try await stay(events, from: from, format) }
        let fired = events.contains { $0.kind == .firing || $0.kind == .late }
        if exitCode, fired { throw ExitStatus.bad }
    }

    static func happened(
        _ client: HubClient, _ from: Timestamp, _ to: Timestamp
    ) async throws -> (events: [AlertEvent], marks: [Mark]) {
        let end = to.advanced(byMilliseconds: 1)
        let events = try await client.alertEvents(from: from, to: end)
        do {
            let marks = try await client.marks(from: from, to: end)
            return (events, marks)
        } catch HubClientError.refused {
            // A hub that keeps no marks.
            return (events, [])
        }
    }

    /// Prints each event that the hub's board has and that was not printed, until the hub is gone.
    private func stay(_ printed: [AlertEvent], from: Timestamp, _ format: ListFormat) async throws {
        let memory = Mutex(EventMemory(printed: printed, from: from))
        try await asked.call("events") { client in
            try await client.liveAlerts { board in
                let new = memory.withLock { $0.new(in: board.events) }
                try? Self.put(new.map(Happening.init), format, isFirst: false)
            }
            throw HubClientError.closed(client.socketPath)
        }
    }

    /// Without its line of titles where others were printed before.
    private static func put(_ happenings: [Happening], _ format: ListFormat, isFirst: Bool) throws {
        var text = try table(happenings).text(as: format)
        if !isFirst, format == .table || format == .csv {
            text = String(text.drop { !$0.isNewline }.dropFirst())
        }
        FileHandle.standardOutput.write(Data(text.utf8))
    }

    /// `marta (ops)` where the login that asked has another name.
    private static func person(_ happening: Happening) -> String {
        guard let uid = happening.uid, !happening.by.isEmpty else { return happening.by }
        let login = getpwuid(uid)?.pointee.pw_name.map { String(cString: $0) } ?? "uid \(uid)"
        return login == happening.by ? login : "\(happening.by) (\(login))"
    }

    static func table(_ happenings: [Happening]) -> AlertTable<Happening> {
        AlertTable(
            columns: [
                ListColumn("AT", .time), ListColumn("WHAT", .whole), ListColumn("ID", .id), "SUBJECT",
                "WHERE", "BY",
                "TEXT",
            ], rows: happenings
        ) {
            [
                AlertText.time($0.at), $0.kind, $0.id, $0.subject, $0.place, Self.person($0),
                $0.words(AlertText.minute),
            ]
        }
    }
}

/// Which events were printed, of those that the hub can send again: each board has the newest, and what is not in one is in
/// none after it.
struct EventMemory {
    private let from: Timestamp
    private var printed: Set<AlertEvent>

    init(printed: [AlertEvent], from: Timestamp) {
        self.from = from
        self.printed = Set(printed)
    }

    /// How many are remembered: those of the last board at most.
    var count: Int { printed.count }

    /// Those of a board that were not printed, in its order; they count as printed from now on.
    mutating func new(in events: [AlertEvent]) -> [AlertEvent] {
        let new = events.filter { $0.at >= from && !printed.contains($0) }
        printed = Set(events)
        return new
    }
}
