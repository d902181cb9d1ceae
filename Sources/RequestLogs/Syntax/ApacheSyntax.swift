/// Apache's `LogFormat` (mod_log_config) and the access-log patterns that took after it: Tomcat's and Undertow's valves.
enum ApacheSyntax {
    static let common = #"%h %l %u %t "%r" %>s %b"#
    static let combined = #"%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i""#
    static let vhostCombined = #"%v:%p %h %l %u %t "%r" %>s %O "%{Referer}i" "%{User-Agent}i""#

    /// Whose pattern it is: they differ in the unit of a duration.
    enum Dialect: Sendable {
        case apache
        /// `%D` is milliseconds up to Tomcat 9, and in Undertow.
        case tomcat9
        /// `%D` is microseconds since Tomcat 10.
        case tomcat10
    }

    private struct Directive {
        var argument = ""
        var letter: UInt8 = 0
    }

    static func compile(_ pattern: String, _ dialect: Dialect) throws(LogFormatError) -> FieldProgram {
        var program = FieldProgram(escaping: .backslash)
        let bytes = Array(unescaped(pattern).utf8)
        var literal: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == 0x25 else {
                literal.append(bytes[place])
                place += 1
                continue
            }
            if place + 1 < bytes.count, bytes[place + 1] == 0x25 {
                literal.append(0x25)
                place += 2
                continue
            }
            let start = place
            let directive = try directive(bytes, &place, pattern)
            let name = String(decoding: bytes[start..<place], as: UTF8.self)
            let isTimeInBrackets = directive.letter == 0x74 && directive.argument.isEmpty
            if isTimeInBrackets { literal.append(0x5B) }
            var step = step(for: directive, dialect)
            step.isQuoted = literal.last == 0x22
            let isGlued = literal.isEmpty && !program.steps.isEmpty
            if isGlued, let last = program.steps.last, last.kind != .text {
                // Two fields without text between: the parts of one time are one, a query belongs to its path.
                guard last.kind == .time && step.kind == .time || last.kind == .path && step.kind == .query
                else {
                    throw LogFormatError("\"\(pattern)\": two fields need text between them, before \(name)")
                }
                program.takeQuery()
                continue
            }
            if step.kind == .time, program.steps.last?.kind == .time, isPartOfTime(literal) {
                literal = []
                continue
            }
            program.append(text: literal)
            program.append(step, name: name)
            literal = isTimeInBrackets ? [0x5D] : []
        }
        program.append(text: literal)
        try program.finish(pattern)
        return program
    }

    /// As it stands in a configuration file, with quotes escaped.
    private static func unescaped(_ pattern: String) -> String {
        guard Array(pattern.utf8).span.find(#"\""#, from: 0, to: pattern.utf8.count) != nil else {
            return pattern
        }
        var text = ""
        var isEscaped = false
        for character in pattern {
            if character == "\\", !isEscaped {
                isEscaped = true
            } else {
                if isEscaped, character == "t" { text.append("\t") } else { text.append(character) }
                isEscaped = false
            }
        }
        return text
    }

    /// `%{%Y-%m-%dT%T}t.%{msec_frac}t%{%z}t` is one time.
    private static func isPartOfTime(_ literal: [UInt8]) -> Bool { literal == [0x2E] || literal == [0x2C] }

    /// Reads one directive: status conditions, `<` or `>`, an argument in braces, a letter.
    private static func directive(
        _ bytes: [UInt8], _ place: inout Int, _ pattern: String
    ) throws(LogFormatError) -> Directive {
        var found = Directive()
        place += 1
        while place < bytes.count {
            let byte = bytes[place]
            place += 1
            switch byte {
            case 0x21, 0x2C, 0x3C, 0x3E, 0x30...0x39: continue
            case 0x7B:
                let start = place
                while place < bytes.count, bytes[place] != 0x7D { place += 1 }
                found.argument = String(decoding: bytes[start..<place], as: UTF8.self)
                place += 1
            case 0x5E:
                // ^ti and ^to, the trailers.
                place = min(place + 2, bytes.count)
                found.letter = byte
                return found
            default:
                found.letter = byte
                return found
            }
        }
        throw LogFormatError("\"\(pattern)\" ends within a % directive")
    }

    private static func step(for directive: Directive, _ dialect: Dialect) -> FieldStep {
        var step = FieldStep(.skip)
        switch directive.letter {
        case UInt8(ascii: "t"):
            step.kind = .time
            step.timeShape = shape(of: directive.argument)
        // Tomcat's %{name}r is an attribute, and %{name}s one of the session.
        case UInt8(ascii: "r") where directive.argument.isEmpty: step.kind = .request
        case UInt8(ascii: "m"): step.kind = .method
        case UInt8(ascii: "U"): step.kind = .path
        case UInt8(ascii: "q"): step.kind = .query
        case UInt8(ascii: "s") where directive.argument.isEmpty: step.kind = .status
        case UInt8(ascii: "b"), UInt8(ascii: "B"), UInt8(ascii: "O"): step.kind = .bytes
        case UInt8(ascii: "D"):
            step.kind = .duration
            step.shift = dialect == .tomcat9 ? 6 : 3
        case UInt8(ascii: "T"):
            step.kind = .duration
            step.shift =
                switch directive.argument {
                case "us": 3
                case "ms": 6
                case "ns": 0
                default: 9
                }
        default: break
        }
        return step
    }

    private static func shape(of argument: String) -> TimeShape {
        var format = argument
        for prefix in ["begin:", "end:"] where format.hasPrefix(prefix) { format.removeFirst(prefix.count) }
        return switch format {
        case "": .common
        case "sec": .epochSeconds
        case "msec", "usec": .epoch
        default: .any
        }
    }
}
