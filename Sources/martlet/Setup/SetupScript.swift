import Foundation

/// What `martlet setup` runs on a host: Agents/install.sh with its files, in a folder that goes again; `$1` is the agent.
///
/// First into an image beside the host's own files, so that what would be written is shown as a diff; then for good.
struct SetupScript {
    /// The files of Agents by their names there.
    let files: [String: String]
    /// Of install.sh: `--as`, `--root`.
    let flags: [String]
    let root: String
    /// The text of agent.conf; nil for what `discover` proposes on the host.
    let configuration: String?

    /// Ends each file in the script: a file that has this line cannot be sent.
    static let end = "END-OF-A-FILE-OF-MARTLET-SETUP"

    enum Step: Equatable {
        case preview, install
        /// What would be taken away, a line each.
        case removal
        case remove
        /// What is there: a line of words, ``SetupScript/installed`` first, with its path, version and digest.
        case survey
        case upgrade
    }

    /// Begins the line that says which agent setup put there before.
    static let installed = "installed-agent"

    func text(_ step: Step) -> String {
        if step == .survey { return Self.survey(root: Self.quoted(root)).joined(separator: "\n") + "\n" }
        var lines = [
            "set -eu", "umask 022", "d=$(mktemp -d)", "trap 'rm -rf \"$d\"' EXIT",
            "mkdir -p \"$d/systemd\" \"$d/openrc\" \"$d/cron\" \"$d/actions\"",
        ]
        for (name, text) in files.sorted(by: { $0.key < $1.key }) where name != "agent.conf" {
            lines += Self.file(name, text)
        }
        if let configuration {
            lines += Self.file("agent.conf", configuration)
        } else {
            lines.append(
                "\"$1\" discover --output conf >\"$d/agent.conf\" </dev/null 2>/dev/null || :>\"$d/agent.conf\""
            )
        }
        let words = flags.map(Self.quoted).joined(separator: " ")
        let install = "sh \"$d/install.sh\" \(words) --agent \"$1\""
        switch step {
        case .preview: lines += Self.preview(root: Self.quoted(root), words)
        case .install: lines.append(install + " </dev/null")
        case .removal: lines.append("sh \"$d/install.sh\" --remove --dry-run \(words) </dev/null")
        case .remove: lines.append("sh \"$d/install.sh\" --remove \(words) </dev/null")
        case .upgrade: lines.append("sh \"$d/install.sh\" --upgrade \(words) --agent \"$1\" </dev/null")
        case .survey: break
        }
        // The shell must not wait for the end of its input, which stays open.
        return (lines + ["exit 0"]).joined(separator: "\n") + "\n"
    }

    /// Looks where install.sh puts the program; nothing is said where it is not.
    private static func survey(root: String) -> [String] {
        [
            "set -eu", "root=\(root)", "a=\"$root/usr/local/bin/martlet-agent\"",
            "if [ \"$(id -u)\" -ne 0 ] && [ -z \"$root\" ]; then a=\"$HOME/.local/bin/martlet-agent\"; fi",
            "if [ -x \"$a\" ]; then echo \"\(installed) $a $(\"$a\" --version) $(\"$a\" digest)\"; fi",
            "exit 0",
        ]
    }

    /// Installs into an image, and says of each of its files how it differs from the host's.
    private static func preview(root: String, _ words: String) -> [String] {
        [
            "root=\(root)",
            "if [ \"$(id -u)\" -ne 0 ] && [ -z \"$root\" ]; then",
            "sh \"$d/install.sh\" \(words) --agent \"$1\" --dry-run </dev/null; exit 0; fi",
            "i=\"$d/image\"; mkdir -p \"$i/etc/cron.d\"",
            "if [ -f \"$root/etc/group\" ]; then cp \"$root/etc/group\" \"$i/etc/group\"; fi",
            // What stays because it is there already stays in the image too.
            "for f in \(kept); do",
            "[ ! -e \"$root$f\" ] || { mkdir -p \"$i${f%/*}\"; cp -Rp \"$root$f\" \"$i$f\"; }; done",
            "k=cron; if [ -d /run/systemd/system ]; then k=systemd; elif [ -x /sbin/openrc-run ]; then k=openrc; fi",
            "s=0; sh \"$d/install.sh\" --as \"$k\" \(words) --agent \"$1\" --root \"$i\" </dev/null >/dev/null 2>\"$d/said\" || s=$?",
            // What is said of the image is said of the host; its user is made there alone.
            "grep -v 'in the image' \"$d/said\" | sed \"s|$i|$root|g\" >&2 || :",
            "[ \"$s\" -eq 0 ] || exit \"$s\"",
            "rm -f \"$i/etc/group\" \"$i/usr/local/lib/martlet/installed\"",
            "( cd \"$i\" && find . -type f | sort ) | while read -r f; do f=${f#.}",
            "if [ \"$f\" = /etc/martlet/agent.conf ] && [ -e \"$root$f\" ]; then echo \"= $root$f: yours, and stays\"; continue; fi",
            "if [ \"$f\" = /usr/local/bin/martlet-agent ]; then",
            "if cmp -s \"$i$f\" \"$root$f\"; then echo \"= $root$f\"; else echo \"+ $root$f: $(\"$1\" --version)\"; fi",
            "elif [ ! -e \"$root$f\" ]; then echo \"+++ $root$f\"; sed 's/^/+/' \"$i$f\"",
            "elif cmp -s \"$i$f\" \"$root$f\"; then echo \"= $root$f\"",
            "else diff -u \"$root$f\" \"$i$f\" || :; fi; done",
        ]
    }

    private static let kept = [
        "/etc/martlet/agent.conf", "/usr/local/lib/martlet", "/etc/sudoers.d/martlet-agent",
        "/etc/systemd/system/martlet-agent.service.d",
    ].joined(separator: " ")

    private static func file(_ name: String, _ text: String) -> [String] {
        let whole = text.hasSuffix("\n") ? String(text.dropLast()) : text
        return ["cat >\"$d/\(name)\" <<'\(end)'", whole, end]
    }

    private static func quoted(_ word: String) -> String {
        "'" + word.replacing("'", with: #"'"'"'"#) + "'"
    }

    /// The files of Agents that go to hosts: beside the program, where it was installed, or above it in a checkout.
    static func files(beside folder: String) -> [String: String]? {
        var places = ["\(folder)/Agents", "\(folder)/../share/martlet/Agents"]
        var above = URL(filePath: folder)
        for _ in 0..<4 {
            above.deleteLastPathComponent()
            places.append(above.appending(path: "Agents").path)
        }
        guard let place = places.first(where: { FileManager.default.fileExists(atPath: "\($0)/install.sh") })
        else { return nil }
        var files: [String: String] = [:]
        for name in names {
            guard let text = try? String(contentsOfFile: "\(place)/\(name)", encoding: .utf8) else {
                return nil
            }
            files[name] = text
        }
        return files
    }

    private static let names = [
        "install.sh", "agent.conf", "systemd/martlet-agent.service", "systemd/martlet-agent-once.service",
        "systemd/martlet-agent-once.timer", "systemd/actions.conf", "openrc/martlet-agent",
        "cron/martlet-agent", "actions/restart.sh", "actions/deploy.sh", "actions/health.sh",
        "actions/rollback.sh", "actions/drain.sh", "actions/undrain.sh",
    ]
}
