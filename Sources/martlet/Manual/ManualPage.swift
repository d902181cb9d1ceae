/// Writes manual pages in the man(7) macros, from a command's description or from a program's help text.
enum ManualPage {
    /// The page of a command and all commands below it, at every level.
    static func page(for command: CommandDescription, version: String) -> String {
        var lines = heading(command.commandName, version: version)
        lines += [".SH NAME", "\(command.commandName) \\- \(escaped(command.abstract ?? ""))"]
        lines += [".SH SYNOPSIS", synopsis(of: command, path: command.commandName)]
        let below = commands(below: command)
        for (path, subcommand) in below {
            lines += [".br", synopsis(of: subcommand, path: "\(command.commandName) \(path)")]
        }
        let (lead, sections) = parts(command.discussion ?? "")
        if !lead.isEmpty { lines += [".SH DESCRIPTION"] + paragraphs(lead) }
        lines += section("OPTIONS", command.shownArguments)
        if !below.isEmpty { lines.append(".SH COMMANDS") }
        for (path, subcommand) in below {
            lines += [".SS \(escaped(path))", escaped(subcommand.abstract ?? "")]
            let (lead, sections) = parts(subcommand.discussion ?? "")
            if !lead.isEmpty { lines += [".PP"] + paragraphs(lead) }
            lines += subcommand.shownArguments.flatMap(item)
            for section in sections {
                lines +=
                    [
                        ".PP",
                        ".B \(escaped(section.title.prefix(1) + section.title.dropFirst().lowercased()))",
                    ] + kept(section.lines)
            }
        }
        for section in sections { lines += [".SH \(escaped(section.title))"] + kept(section.lines) }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The page of a program whose help is laid out in sections: a line without indent begins one.
    ///
    /// A section's lines keep their layout, because help texts align by hand.
    static func page(name: String, abstract: String, help: String, version: String) -> String {
        var lines = heading(name, version: version)
        lines += [".SH NAME", "\(name) \\- \(escaped(abstract))"]
        var isOpen = false
        for line in help.split(separator: "\n", omittingEmptySubsequences: false) {
            if let first = line.first, first != " ", line.hasSuffix(":") {
                if isOpen { lines.append(".fi") }
                lines += [".SH \(escaped(line.dropLast().uppercased()))", ".nf"]
                isOpen = true
            } else if isOpen {
                lines.append(escaped(line))
            }
        }
        if isOpen { lines.append(".fi") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// What is below a command, each before what is below it; the path is what is typed behind the command's own.
    private static func commands(below command: CommandDescription) -> [(
        path: String, command: CommandDescription
    )] {
        command.shownSubcommands.flatMap { subcommand in
            [(subcommand.commandName, subcommand)]
                + commands(below: subcommand).map { ("\(subcommand.commandName) \($0.path)", $0.command) }
        }
    }

    private static func heading(_ name: String, version: String) -> [String] {
        [".TH \(name.uppercased()) 1 \"\" \"martlet \(version)\" \"Martlet\"", ".nh", ".ad l"]
    }

    private static func synopsis(of command: CommandDescription, path: String) -> String {
        let words = command.shownArguments.map { argument -> String in
            let value =
                "\\fI\(escaped(argument.valueName ?? "value"))\\fR" + (argument.isRepeating ? "..." : "")
            let word =
                switch argument.kind {
                case "positional": value
                case "flag": escaped(argument.names?.last?.spelled ?? "")
                default: "\(escaped(argument.names?.last?.spelled ?? "")) \(value)"
                }
            return argument.isOptional ? "[\(word)]" : word
        }
        return "\\fB\(escaped(path))\\fR \(words.joined(separator: " "))"
    }

    private static func section(_ title: String, _ arguments: [CommandDescription.Argument]) -> [String] {
        arguments.isEmpty ? [] : [".SH \(title)"] + arguments.flatMap(item)
    }

    private static func item(_ argument: CommandDescription.Argument) -> [String] {
        let value = "\\fI\(escaped(argument.valueName ?? "value"))\\fR"
        let names = (argument.names ?? []).map { "\\fB\(escaped($0.spelled))\\fR" }.joined(separator: ", ")
        let tag =
            switch argument.kind {
            case "positional": value
            case "flag": names
            default: "\(names) \(value)"
            }
        var text = escaped(argument.abstract ?? "")
        if let initial = argument.defaultValue { text += " (default: \(escaped(initial)))" }
        return [".TP", tag, text] + (argument.discussion.map(paragraphs) ?? [])
    }

    /// A discussion's paragraphs, and its sections: a heading that ends in a colon, then lines with an indent.
    private static func parts(_ text: String) -> (
        lead: String, sections: [(title: String, lines: [Substring])]
    ) {
        var lead: [Substring] = []
        var sections: [(title: String, lines: [Substring])] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasSuffix(":"), String(line) == line.uppercased() {
                sections.append((String(line.dropLast()), []))
            } else if sections.isEmpty {
                lead.append(line)
            } else if !line.isEmpty {
                sections[sections.count - 1].lines.append(line)
            }
        }
        while lead.last?.isEmpty == true { lead.removeLast() }
        return (lead.joined(separator: "\n"), sections)
    }

    /// Lines that keep their layout.
    private static func kept(_ lines: [Substring]) -> [String] {
        [".nf"] + lines.map(escaped) + [".fi"]
    }

    /// Blank lines become paragraph breaks, indented lines keep their layout.
    private static func paragraphs(_ text: String) -> [String] {
        var lines: [String] = []
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.isEmpty {
                lines.append(".PP")
            } else if line.hasPrefix("  ") {
                lines += [".br", escaped(line)]
            } else {
                lines.append(escaped(line))
            }
        }
        return lines
    }

    /// No text can begin a macro line, and a hyphen stays a hyphen that can be pasted.
    private static func escaped(_ text: some StringProtocol) -> String {
        var result = ""
        for character in text {
            switch character {
            case "\\": result += "\\e"
            case "-": result += "\\-"
            default: result.append(character)
            }
        }
        return result.hasPrefix(".") || result.hasPrefix("'") ? "\\&" + result : result
    }
}
