import CLinux
import Glibc

/// Where the recorder, the offsets of logs and the lock of the one writer are.
enum StateFolder {
    /// The folder of a service that runs as root or has been given one there.
    static let ofSystem = "/var/lib/martlet"

    /// What is named by a flag or in agent.conf; nil where nothing is.
    static func named(_ arguments: AgentArguments, _ configuration: AgentConfiguration) -> String? {
        arguments.stateFolder ?? configuration.record.path
    }

    /// This user's own, where none is named: systemd's for its service, the system's for root, else below the home
    /// folder; nil where there is none.
    static var usual: String? {
        if let given = variable("STATE_DIRECTORY")?.split(separator: ":").first { return String(given) }
        if geteuid() == 0 { return ofSystem }
        if let base = variable("XDG_STATE_HOME") { return "\(base)/martlet-agent" }
        return variable("HOME").map { "\($0)/.local/state/martlet-agent" }
    }

    /// Whether somebody has recorded there: without that a stream keeps nothing.
    static func hasRecorder(_ folder: String) -> Bool {
        var facts = clinux_facts()
        return unsafe clinux_facts_at(AT_FDCWD, "\(folder)/lock", 0, &facts) == 0
    }

    /// Whether the folder is another user's: one user's recorder leaves no files there that the other's cannot write.
    static func isForeign(_ folder: String) -> Bool {
        var status = stat()
        return unsafe stat(folder, &status) == 0 && status.st_uid != geteuid()
    }

    /// Makes the folders above it that are missing: what the recorder makes itself is the last one.
    static func makeParents(of folder: String) {
        var path = ""
        for part in folder.split(separator: "/").dropLast() {
            path += "/\(part)"
            _ = unsafe mkdir(path, 0o700)
        }
    }

    static func options(_ folder: String, _ record: AgentConfiguration.Record) -> RecorderOptions {
        var options = RecorderOptions(folder: folder)
        options.ageSeconds = Int64(clamping: record.ageMilliseconds / 1000)
        options.sizeBytes = record.bytes
        options.keepFreePercent = Double(record.keepFree) / 1000
        return options
    }

    /// An absolute path; nil for none.
    private static func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        let text = unsafe String(cString: value)
        return text.hasPrefix("/") ? text : nil
    }
}
