import ArgumentParser
import Fleet
import HubClient
import Text

struct SilenceCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "silence",
        abstract: "Mute alerts for a time.",
        discussion: HelpSections(
            examples: """
                martlet silence add 'host=web01*' 2h 'disk swap'
                martlet silence add 'alert=DiskFull host=db1' 30m --dry-run
                                                     only says what it would hide
                martlet silence list
                martlet silence expire 7c
                """,
            exitStatus: """
                0   done
                1   there is no such silence
                64  a word of the command line is wrong, or matches nothing
                69  no hub runs
                75  the hub's journal cannot be written: nothing was kept
                77  the hub's socket is not open to this user
                """,
            environment: AlertCall.environment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            A silence is a selector over name (alert=), severity, host, tags and whatever else names an alert. Silenced \
            alerts stay in the list and run no hook. What still fires when the silence ends is told then; what began and \
            ended under it is told to nobody; of what was told before, the end is told too.
            """),
        subcommands: [SilenceAddCommand.self, SilenceListCommand.self, SilenceExpireCommand.self])
}

struct SilenceAddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a silence; prints how many alerts it hides now, and its id.")

    @Argument(help: "Which alerts: host=web01*, alert=DiskFull role=db.")
    var selector: String

    @Argument(help: "For how long: 30m, 2h, 3d.")
    var duration: String

    @Argument(help: "Why, for the others.")
    var note: String?

    @Flag(help: "Only say what it would hide.")
    var dryRun = false

    @Option(name: [.short, .long], help: "How to print: table (a line for people), json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    private func milliseconds() throws -> Int64 {
        do throws(WrittenValue.Refusal) {
            let length = try WrittenValue.duration(duration).components
            return length.seconds * 1000 + length.attoseconds / 1_000_000_000_000_000
        } catch {
            throw ValidationError(error.reason)
        }
    }

    func validate() throws {
        _ = try milliseconds()
    }

    /// Of a preview what was asked for stands in the place of what was added.
    private static func table(_ answer: SilenceAnswer, _ request: SilenceRequest) -> AlertTable<SilenceAnswer>
    {
        AlertTable(columns: silenceColumns(["HIDES"], ["ALERTS"]), rows: [answer]) {
            [
                $0.silence?.id ?? "", $0.silence?.selector ?? request.selector, "\($0.hides.count)",
                $0.silence.map { AlertText.time($0.until) } ?? "", $0.silence?.by ?? request.by,
                $0.silence?.note ?? request.note, $0.hides.map(\.id).joined(separator: " "),
            ]
        }
    }

    func run() async throws {
        let request = SilenceRequest(
            selector: selector, milliseconds: try milliseconds(), note: note ?? "", by: asked.by,
            isPreview: dryRun)
        let answer = try await asked.call("silence add") { try await $0.silence(request) }
        guard output == .table else {
            return print(try Self.table(answer, request).text(as: output), terminator: "")
        }
        for alert in answer.hides {
            print(SafeText("  \(alert.id) \(alert.severity.rawValue) \(alert.name) \(alert.place)").string)
        }
        let count = answer.hides.count
        let what = "hides \(count == 1 ? "1 alert" : "\(count) alerts") now"
        if let silence = answer.silence {
            print("\(silence.id) \(what); until \(AlertText.time(silence.until))")
        } else {
            print("nothing was added: it \(what)")
        }
    }
}

struct SilenceListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List the silences.")

    @Option(name: [.short, .long], help: "How to print: table, json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    func run() async throws {
        let board = try await asked.call("silence list") { try await $0.alerts() }
        let table = AlertTable(
            columns: silenceColumns(["HIDES"]), rows: board.silences
        ) { silence in
            [
                silence.id, silence.selector,
                "\(board.alerts.count { $0.silencedBy.contains(silence.id) })", AlertText.time(silence.until),
                silence.by, silence.note,
            ]
        }
        print(try table.text(as: output), terminator: "")
    }
}

struct SilenceExpireCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "expire", abstract: "End a silence now; hooks are told of what still fires.")

    @Argument(help: "The silence's id.")
    var id: String

    @Option(name: [.short, .long], help: "How to print: table (a line for people), json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    func run() async throws {
        let silence = try await asked.call("silence expire") {
            try await $0.expire(ExpireRequest(id: id, by: asked.by))
        }
        guard output == .table else {
            let table = AlertTable(columns: silenceColumns(), rows: [silence]) {
                [$0.id, $0.selector, AlertText.time($0.until), $0.by, $0.note]
            }
            return print(try table.text(as: output), terminator: "")
        }
        print(SafeText("\(silence.id) \(silence.selector): ended").string)
    }
}

/// Of a list of silences; what stands after the selector and at the end differs.
private func silenceColumns(_ middle: [ListColumn] = [], _ last: [ListColumn] = []) -> [ListColumn] {
    [ListColumn("ID", .whole), "SELECTOR"] + middle + [ListColumn("UNTIL", .time), "BY", "NOTE"] + last
}
