import ArgumentParser
import Telemetry

@main
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "The ops room in a terminal.",
        version: martletVersion,
        subcommands: [HubCommand.self, DoctorCommand.self, ManualCommand.self])
}
