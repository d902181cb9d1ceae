import ArgumentParser
import Fleet

/// The hosts of a command line.
enum HostWords {
    /// Refuses what could never be a host.
    static func check(_ hosts: [String]) throws {
        for host in hosts where !HostTarget.isName(host) {
            throw ValidationError(
                "\(host.debugDescription) cannot be a host: begin with a letter or digit, then letters, digits and ._:%-"
            )
        }
    }
}
