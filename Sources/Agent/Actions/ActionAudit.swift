import CLinux
import Glibc
import Text
import Wire

/// What the host itself notes of orders: a line each to syslog, facility authpriv, so that a hub cannot take it back.
enum ActionAudit {
    /// authpriv (10) times 8, and notice (5); RFC 3164.
    private static let priority = 85
    private static let valueBytesMax = 512

    static func note(_ event: String, _ words: [(String, String)], isOn: Bool) {
        guard isOn else { return }
        var line = "<\(priority)>martlet-agent[\(getpid())]: action \(event)"
        for (name, value) in words where !value.isEmpty { line += " \(name)=\(quoted(value))" }
        let bytes = Array(line.utf8)
        _ = unsafe clinux_syslog(bytes, bytes.count)
    }

    static func words(of report: Report) -> [(String, String)] {
        [
            ("state", report.state.word), ("status", "\(report.exitStatus)"),
            ("cause", report.cause.word), ("text", report.text),
        ]
    }

    /// One word, on one line, whatever it holds.
    private static func quoted(_ value: String) -> String {
        let safe = SafeText(String(decoding: value.utf8.prefix(valueBytesMax), as: UTF8.self)).string
        let isPlain = safe.utf8.allSatisfy { $0 > 0x20 && $0 != 0x22 && $0 != 0x3D && $0 != 0x5C }
        if isPlain { return safe }
        var text = "\""
        for scalar in safe.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { text += "\\" }
            text.unicodeScalars.append(scalar)
        }
        return text + "\""
    }
}
