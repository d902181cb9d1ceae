import Telemetry

/// The line for sudoers that lets one user run one action as another and nothing else: a path and exactly its words, those
/// with parameters as a regular expression of what their types take (sudoers(5), since sudo 1.9.10).
package enum SudoersLine {
    /// nil where the section has no command.
    package static func text(_ action: AgentConfiguration.Action, agent: String) -> String? {
        guard let run = action.run, let user = action.user else { return nil }
        let words = run.words.dropFirst()
        let hasParameters = words.contains { word in
            word.contains { part in
                if case .parameter = part { true } else { false }
            }
        }
        let arguments: String
        if words.isEmpty {
            arguments = "\"\""
        } else if hasParameters {
            arguments = "^" + words.map { expression($0, action) }.joined(separator: " ") + "$"
        } else {
            arguments = words.map { escaped(literal($0), ",:=\\*?[]!^# ") }.joined(separator: " ")
        }
        return "\(agent) ALL=(\(user)) NOPASSWD: \(escaped(run.program, ",:=\\*?[]!# ")) \(arguments)"
    }

    private static func literal(_ word: [ActionArgv.Part]) -> String {
        var text = ""
        for case .text(let part) in word { text += part }
        return text
    }

    private static func expression(_ word: [ActionArgv.Part], _ action: AgentConfiguration.Action) -> String {
        var text = ""
        for part in word {
            switch part {
            case .text(let part): text += escaped(part, "\\.[](){}*+?|^$#")
            case .parameter(let name):
                guard let type = action.parameters.first(where: { $0.name == name })?.type else { continue }
                text += expression(type)
            }
        }
        return text
    }

    private static func expression(_ type: ActionParameter) -> String {
        switch type.kind {
        case .version: "[0-9A-Za-z][0-9A-Za-z._+-]{0,63}"
        case .word: "[0-9A-Za-z_][0-9A-Za-z._-]{0,63}"
        case .int(let range): range.lowerBound < 0 ? "-?[0-9]{1,19}" : "[0-9]{1,19}"
        case .choice(let choices):
            "(" + choices.map { escaped($0, "\\.[](){}*+?|^$#") }.joined(separator: "|") + ")"
        }
    }

    private static func escaped(_ text: String, _ special: String) -> String {
        var escaped = ""
        for character in text.unicodeScalars {
            if special.unicodeScalars.contains(character) { escaped += "\\" }
            escaped.unicodeScalars.append(character)
        }
        return escaped
    }
}
