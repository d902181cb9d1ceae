import ArgumentParser
import Dashboard
import Fleet
import Foundation
import HubClient
import Telemetry
import Text

struct MarkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mark",
        abstract: "Leave a mark on everybody's charts, or list them.",
        discussion: HelpSections(
            examples: """
                martlet mark web 4.12.1               a deploy of web, by any tool
                martlet mark web 4.12.1 --where role=web --link https://ci.example.net/812
                martlet mark --kind note 'switched the balancer' --at -5m
                martlet mark list --since 8h          what was marked
                martlet mark list -o jsonl | jq -r .title
                """,
            exitStatus: """
                0   kept, or listed
                1   no such host
                64  a word of the command line is wrong
                69  no hub runs
                75  the hub's journal cannot be written: nothing was kept
                77  the hub's socket is not open to this user
                """,
            environment: AlertCall.environment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            A mark is a letter at its moment on the time bar and the charts: D a deploy, A an action, N a note. ( and ) go from one to the \
            next and say what it is. Rollouts, started actions and martlet note leave theirs by themselves; this is for what other tools do.

            Where the words are two and the second has a digit, the first is the service. Without --host and --where it stands on the \
            charts of all hosts.
            """),
        subcommands: [MarkAddCommand.self, MarkListCommand.self],
        defaultSubcommand: MarkAddCommand.self)
}

struct MarkAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Leave a mark (what mark does by itself).")

    @Argument(help: ArgumentHelp("What happened: web 4.12.1.", valueName: "text"))
    var words: [String]

    @Option(help: "The service that it is about.")
    var service: String?

    @Option(help: ArgumentHelp("A host that it is about; may be given again.", valueName: "name"))
    var host: [String] = []

    @Option(
        name: .customLong("where"),
        help: ArgumentHelp("The hosts that it is about: a group, role=web.", valueName: "selector"))
    var place = ""

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("When it was: 14:05, -20m, yesterday 02:41; now by itself.", valueName: "time"))
    var at: String?

    @Option(help: "What it is: deploy, action or note.")
    var kind = Mark.Kind.deploy

    @Option(help: ArgumentHelp("An address where more is found.", valueName: "address"))
    var link = ""

    @Option(name: [.short, .long], help: "How to print: table (a line for people), json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    mutating func validate() throws {
        _ = try moment()
    }

    /// The moment of `--at`; nil for now.
    private func moment() throws -> Timestamp? {
        guard let at else { return nil }
        let offset = TimeZone.current.secondsFromGMT()
        switch MomentText.read(at, now: DashboardSession.now(), offsetSeconds: offset) {
        case .success(.now): return nil
        case .success(.moment(let time)): return time
        case .failure(let refusal): throw ValidationError("--at: \(refusal)")
        }
    }

    /// `web 4.12.1` is of the service web.
    static func service(of words: [String], _ kind: Mark.Kind) -> String {
        guard kind == .deploy, words.count == 2, words[1].contains(where: \.isNumber),
            !words[0].contains(where: \.isWhitespace)
        else { return "" }
        return words[0]
    }

    func run() async throws {
        let request = MarkRequest(
            kind: kind, title: words.joined(separator: " "), at: try moment(),
            service: service ?? Self.service(of: words, kind), hosts: host, group: place, by: asked.by,
            link: link)
        let mark = try await asked.call("mark") { try await $0.mark(request) }
        guard output == .table else {
            return print(try MarkListCommand.table([mark]).text(as: output), terminator: "")
        }
        print(SafeText(Self.sentence(mark)).string)
    }

    private static func sentence(_ mark: Mark) -> String {
        let place = mark.place.isEmpty ? "" : " (\(mark.place))"
        return "\(mark.id) \(AlertText.time(mark.at)) \(mark.kind.rawValue) \(mark.title)\(place)"
    }
}

extension Mark.Kind: ExpressibleByArgument {}

struct MarkListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the marks, the oldest first.")

    @Option(
        parsing: .unconditional,
        help: ArgumentHelp("From then on: \(SinceSpan.help).", valueName: "time"))
    var since = "24h"

    @Option(
        parsing: .unconditional, help: ArgumentHelp("Up to then: \(SinceSpan.help).", valueName: "time"))
    var until: String?

    @Option(help: "Only those of this service.")
    var service: String?

    @Option(help: ArgumentHelp("Only those of this host.", valueName: "name"))
    var host: String?

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    mutating func validate() throws {
        try span.check()
    }

    private var span: SinceSpan { SinceSpan(since: since, until: until, days: 90) }

    func run() async throws {
        let found = try await asked.call("mark list") { client in
            let (from, to) = try await span.moments(client)
            // What was marked for the next minute too.
            return try await client.marks(
                from: from, to: until == nil ? to.advanced(byMilliseconds: 60_000) : to)
        }
        let marks = found.filter { mark in
            (host.map { mark.isAbout(HostID($0)) } ?? true) && (service.map(mark.isAbout(service:)) ?? true)
        }
        guard output == .table, marks.isEmpty else {
            return print(try Self.table(marks).text(as: output), terminator: "")
        }
        print("nothing was marked since \(since)\(until.map { " until \($0)" } ?? "")")
    }

    static func table(_ marks: [Mark]) -> AlertTable<Mark> {
        AlertTable(
            columns: [
                ListColumn("ID", .id), ListColumn("AT", .time), "KIND", "TITLE", "SERVICE", "WHERE", "BY",
                ListColumn("LINK", .rest),
            ], rows: marks
        ) { mark in
            [
                mark.id, AlertText.time(mark.at), mark.kind.rawValue, mark.title, mark.service, mark.place,
                mark.actor, mark.link,
            ]
        }
    }
}
