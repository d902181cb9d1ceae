import ArgumentParser
import Telemetry

@main
struct MartletCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "martlet",
        abstract: "The ops room in a terminal.",
        discussion: """
            martlet                     this machine
            martlet web1 web2           those hosts, over your own ssh; martlet-agent must be on their PATH
            martlet snapshot            a screen as text
            martlet doctor              what this machine lacks, and what mends it

            Only Linux; from elsewhere run it on a jump host: ssh -t jump1.example.net martlet web1 web2
            """,
        version: martletVersion,
        subcommands: [
            DashboardCommand.self, SnapshotCommand.self, HubCommand.self, DoctorCommand.self,
            ManualCommand.self,
        ],
        defaultSubcommand: DashboardCommand.self)

    /// The subcommand that `word` is probably meant to be: one or two letters off; nil where there is none.
    static func nearestSubcommand(to word: String) -> String? {
        configuration.subcommands.compactMap { $0.configuration.commandName }
            .map { (name: $0, distance: editDistance($0, word)) }
            .filter { $0.distance <= 2 }
            .min { $0.distance < $1.distance }?.name
    }

    /// Levenshtein's distance: letters put in, taken out or changed.
    private static func editDistance(_ left: String, _ right: String) -> Int {
        let letters = Array(right.utf8)
        var row = Array(0...letters.count)
        for (line, letter) in left.utf8.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for column in letters.indices {
                let changed = diagonal + (letters[column] == letter ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(changed, row[column] + 1, row[column + 1] + 1)
            }
        }
        return row[letters.count]
    }
}
