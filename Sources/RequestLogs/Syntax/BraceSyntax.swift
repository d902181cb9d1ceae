/// The patterns of agent.conf (docs/agent-conf.md): a line with names in braces for what varies.
enum BraceSyntax {
    /// `colors` and the like never come from users; `isLoose` makes a blank any run of blanks.
    static func compile(_ pattern: String, isLoose: Bool = true) throws(LogFormatError) -> FieldProgram {
        var program = FieldProgram(escaping: .none)
        let bytes = Array(pattern.utf8)
        var literal: [UInt8] = []
        var seen: Set<String> = []
        var place = 0
        while place < bytes.count {
            let byte = bytes[place]
            if (byte == 0x7B || byte == 0x7D) && place + 1 < bytes.count && bytes[place + 1] == byte {
                literal.append(byte)
                place += 2
                continue
            }
            guard byte == 0x7B else {
                // One blank stands for any number of them, so a run in the pattern is one.
                if !(isLoose && byte == 0x20 && literal.last == 0x20) { literal.append(byte) }
                place += 1
                continue
            }
            let open = place + 1
            while place < bytes.count, bytes[place] != 0x7D { place += 1 }
            guard place < bytes.count else {
                throw LogFormatError("pattern \"\(pattern)\": a { without its }")
            }
            let name = String(decoding: bytes[open..<place], as: UTF8.self)
            place += 1
            if literal.isEmpty, !program.steps.isEmpty {
                throw LogFormatError(
                    "pattern \"\(pattern)\": two fields need text between them, before {\(name)}")
            }
            let step = try step(for: name, pattern)
            let key = String(name.split(separator: ":", maxSplits: 1).first ?? "")
            if key != "_", !seen.insert(key).inserted {
                throw LogFormatError("pattern \"\(pattern)\": {\(key)} comes twice")
            }
            program.append(text: literal, isBlankLoose: isLoose)
            program.append(step, name: name)
            literal = []
        }
        guard !seen.isEmpty || program.steps.contains(where: { $0.kind == .skip }) else {
            throw LogFormatError(
                "pattern \"\(pattern)\" names no field; write for example {time} {level} {message}")
        }
        program.append(text: literal, isBlankLoose: isLoose)
        program.becomeEntryIfNoRequest()
        try program.finish(pattern)
        return program
    }

    private static func step(for name: String, _ pattern: String) throws(LogFormatError) -> FieldStep {
        var step = FieldStep(.skip)
        let parts = name.split(separator: ":", maxSplits: 1)
        switch parts.first ?? "" {
        case "time": (step.kind, step.timeShape) = (.time, .any)
        case "level": step.kind = .level
        case "method": step.kind = .method
        case "path": step.kind = .path
        case "request": step.kind = .request
        case "status": step.kind = .status
        case "bytes": step.kind = .bytes
        case "client", "host", "_": step.kind = .skip
        case "route": step.kind = .route
        case "id": step.kind = .id
        case "duration_s": (step.kind, step.shift) = (.duration, 9)
        case "duration_ms": (step.kind, step.shift) = (.duration, 6)
        case "duration_us": (step.kind, step.shift) = (.duration, 3)
        case "duration_ns": (step.kind, step.shift) = (.duration, 0)
        case "message": step.kind = .message
        default:
            throw LogFormatError(
                "pattern \"\(pattern)\": {\(name)} is no field; the fields are {time} {level} {method} {path} "
                    + "{request} {status} {bytes} {client} {route} {host} {id} {duration_s} {duration_ms} "
                    + "{duration_us} {duration_ns} {message} and {_}")
        }
        if parts.count == 2, parts[0] != "time" {
            throw LogFormatError("pattern \"\(pattern)\": only {time:...} has a format behind its name")
        }
        return step
    }
}
