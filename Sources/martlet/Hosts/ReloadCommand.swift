import ArgumentParser
import Fleet
import Foundation
import Hub
import HubClient
import Text

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload",
        abstract: "Have the hub take its configuration folder over again, whole or not at all.",
        discussion: HelpSections(
            examples: """
                martlet check && martlet reload
                """,
            exitStatus: """
                0   taken over
                64  a word of the command line is wrong
                65  something is wrong with it: what was in force stays
                69  no hub runs
                77  the hub's socket is not open to this user
                """,
            environment: HelpSections.hubEnvironment,
            files: """
                hosts.yaml       which machines there are and how to reach them
                rules.yaml       what to be told about, and how
                rollouts.yaml    how a change goes over the fleet
                """
        ).discussion(
            """
            The same as SIGHUP to the hub. Inventory commands are run again. Hosts that are new are dialled, those \
            that are gone are left, and those that are reached otherwise are dialled anew; the others keep their links. What \
            is pending or firing goes on where its rule is still there; a rollout that runs keeps the plan it was started \
            with.
            """))

    @Option(help: ArgumentHelp("The hub at this socket instead of the usual ones.", valueName: "socket"))
    var hub: String?

    @Option(name: [.short, .long], help: "How to print: table (lines for people), json, jsonl or csv.")
    var output: ListFormat = .table

    func run() async throws {
        do {
            let report = try await HubDoor.attach(hub).reload()
            guard output == .table else {
                print(try Self.list(report).text(as: output), terminator: "")
                if !report.errors.isEmpty { throw ExitStatus.badFile }
                return
            }
            for warning in report.warnings { print("! \(SafeText(warning).string)") }
            guard report.errors.isEmpty else {
                for error in report.errors {
                    FileHandle.standardError.write(Data("martlet reload: \(SafeText(error).string)\n".utf8))
                }
                throw ExitStatus.badFile
            }
            for change in report.changes { print("~ \(SafeText(change).string)") }
            print("\(report.folder ?? ""): \(Format.counted(report.hosts.count, "host")) in force")
        } catch let error as ExitCode {
            throw error
        } catch {
            FileHandle.standardError.write(Data("martlet reload: \(error)\n".utf8))
            throw ExitStatus.of(error)
        }
    }

    /// As `martlet check` lists the same.
    private static func list(_ report: ConfigurationReport) -> ListReport {
        var list = ListReport("what", "text")
        for error in report.errors { list.add("wrong", error) }
        for warning in report.warnings { list.add("look", warning) }
        for change in report.changes { list.add("change", change) }
        return list
    }
}
