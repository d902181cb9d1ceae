import ArgumentParser
import Hub

/// The hosts of a command line.
enum HostWords {
    /// Refuses what could never be a host.
    static func check(_ hosts: [String]) throws {
        for host in hosts where !SourceCommand.isValidName(host) {
            throw ValidationError(
                "\(host.debugDescription) cannot be a host: begin with a letter or digit, then letters, digits and ._:%-"
            )
        }
    }
}
