import ArgumentParser
import Fleet
import HubClient
import Text

struct AckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ack",
        abstract: "Take an alert on: its hooks repeat no more.",
        discussion: HelpSections(
            examples: """
                martlet ack a41f
                martlet ack a41f 'on it, resizing the disk'
                martlet ack DiskFull                by name, where there is one of it
                martlet ack a41f --as marta         from a shared account
                """,
            exitStatus: """
                0   acknowledged, and kept
                1   no such alert is open
                64  a word of the command line is wrong, or may be several alerts
                69  no hub runs
                75  the hub's journal cannot be written: nothing was kept
                77  the hub's socket is not open to this user
                """,
            environment: AlertCall.environment + "\n" + HelpSections.hubEnvironment,
            files: HelpSections.hubFiles
        ).discussion(
            """
            Everybody's list says who took it on. The mark is gone with the alert: when it comes again it is new, \
            and hooks are told.
            """))

    @Argument(help: "The alert's id from martlet alerts, its beginning, or its name.")
    var id: String

    @Argument(help: "A note for the others.")
    var note: String?

    @Option(name: [.short, .long], help: "How to print: table (a line for people), json, jsonl or csv.")
    var output: ListFormat = .table

    @OptionGroup var asked: AlertCall

    func run() async throws {
        let alert = try await asked.call("ack") {
            try await $0.acknowledge(AcknowledgeRequest(id: id, note: note ?? "", by: asked.by))
        }
        guard output == .table else {
            return print(
                try AlertListCommand.table([alert], at: alert.acknowledged?.at ?? alert.since).text(
                    as: output), terminator: "")
        }
        print(
            SafeText("\(alert.id) \(alert.name) \(alert.place): \(alert.acknowledged?.by ?? "") has it")
                .string)
    }
}
