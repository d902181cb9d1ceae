/// The one folder that holds what a team shares: used whole, never merged with another.
package struct ConfigFolder: Sendable, Equatable {
    /// Who named the folder.
    package enum Origin: String, Sendable {
        case option = "--config"
        case variable = "MARTLET_CONFIG"
        case user = "XDG_CONFIG_HOME"
        case system = "the default"
    }

    package let path: String
    package let origin: Origin

    package init(path: String, origin: Origin) {
        self.path = path
        self.origin = origin
    }

    /// Where it may be, the first that exists being the one: `--config`, $MARTLET_CONFIG, $XDG_CONFIG_HOME/martlet
    /// (~/.config/martlet), /etc/martlet.
    package static func candidates(option: String?, variable: (String) -> String?) -> [ConfigFolder] {
        // Who names a folder on the command line means that one.
        if let option { return [ConfigFolder(path: option, origin: .option)] }
        var found: [ConfigFolder] = []
        if let path = variable("MARTLET_CONFIG") { found.append(ConfigFolder(path: path, origin: .variable)) }
        if let home = variable("XDG_CONFIG_HOME") ?? variable("HOME").map({ "\($0)/.config" }) {
            found.append(ConfigFolder(path: "\(home)/martlet", origin: .user))
        }
        return found + [ConfigFolder(path: "/etc/martlet", origin: .system)]
    }
}
