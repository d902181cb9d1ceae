import ArgumentParser
import Fleet
import HubClient
import Text

struct NoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "note",
        abstract: "Leave a line for everybody who looks at this time.",
        discussion: HelpSections(
            examples: """
                martlet note 'switched the balancer' --where web
                martlet note 'maintenance of db1 begins'
                """,
            exitStatus: """
                0   kept
                64  a word of the command line is wrong
                69  no hub runs
                75  the hub's journal cannot be written: nothing was kept
                77  the hub's socket is not open to this user
                """,
            environment: AlertCall.environment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion("Notes stand among the alerts' events and in martlet handover."))

    @Argument(help: "What happened.")
    var text: String

    @Option(name: .customLong("where"), help: "What it is about: a host, a group, role=web.")
    var place = ""

    @Option(name: [.short, .long], help: "How to print: table (a line for people), json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    func run() async throws {
        let event = try await asked.call("note") {
            try await $0.note(NoteRequest(text: text, place: place, by: asked.by))
        }
        guard output == .table else {
            return print(try EventsCommand.table([Happening(event)]).text(as: output), terminator: "")
        }
        print(SafeText("\(AlertText.time(event.at)) \(event.by): \(event.text)").string)
    }
}
