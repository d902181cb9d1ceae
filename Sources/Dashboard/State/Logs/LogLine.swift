package import Fleet
package import Telemetry

/// A line of a host's log, or an example of lines that tell of an error.
package struct LogLine: Hashable, Sendable {
    /// How bad a line is, as far as its labels say.
    package enum Grade: Int, Hashable, Sendable, Comparable {
        case plain, warning, error

        package static func < (left: Grade, right: Grade) -> Bool { left.rawValue < right.rawValue }
    }

    package let host: HostID
    package let time: Timestamp
    package let kind: LogEventKind
    package let labels: Labels
    package let text: String

    package init(host: HostID, time: Timestamp, kind: LogEventKind, labels: Labels, text: String) {
        self.host = host
        self.time = time
        self.kind = kind
        self.labels = labels
        self.text = String(text.prefix(ErrorSample.lengthMax))
    }

    package var grade: Grade {
        switch labels["level"]?.lowercased() {
        case "error", "err", "crit", "critical", "alert", "emerg", "emergency", "fatal", "panic", "severe":
            return .error
        case "warn", "warning": return .warning
        default: break
        }
        if labels["code"]?.hasPrefix("5") ?? false { return .error }
        // An example of answers that were right tells of slow ones.
        return kind != .errorSample ? .plain : labels["code"]?.isEmpty ?? true ? .error : .warning
    }

    /// The word that stands for the level: three letters at most.
    package var level: String {
        if let level = labels["level"], !level.isEmpty {
            switch grade {
            case .error: return "ERR"
            case .warning: return "WRN"
            case .plain: return String(level.uppercased().prefix(3))
            }
        }
        return grade == .error ? labels["code"] ?? "ERR" : labels["code"] ?? ""
    }
}
