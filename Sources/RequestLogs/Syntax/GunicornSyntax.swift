/// gunicorn's `access_log_format`: `%(name)s` (gunicorn's settings, "access_log_format"). uvicorn's and hypercorn's
/// atoms have the same names.
enum GunicornSyntax {
    static let standard = #"%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s "%(f)s" "%(a)s""#

    /// uWSGI's `log-format` ("Formatting uWSGI requests logs") has other names, and no letter behind the bracket.
    static func compile(
        _ pattern: String, isUWSGI: Bool = false
    ) throws(LogFormatError) -> FieldProgram {
        // A quote in a value is escaped, a backslash is not, so that `\"` may be either.
        var program = FieldProgram(escaping: .none)
        let bytes = Array(pattern.utf8)
        var literal: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == 0x25, place + 1 < bytes.count, bytes[place + 1] == 0x28 else {
                literal.append(bytes[place])
                place += 1
                continue
            }
            let start = place + 2
            while place < bytes.count, bytes[place] != 0x29 { place += 1 }
            guard place + (isUWSGI ? 0 : 1) < bytes.count else {
                throw LogFormatError("gunicorn: \"\(pattern)\" has a %( without its )s")
            }
            let name = String(decoding: bytes[start..<place], as: UTF8.self)
            place += isUWSGI ? 1 : 2  // past ")" or ")s"
            let isBracketed = name == "t" && !isUWSGI
            if isBracketed { literal.append(0x5B) }
            program.append(text: literal)
            var step = isUWSGI ? variable(name) : step(for: name)
            step.isQuoted = literal.last == 0x22
            program.append(step, name: name)
            literal = isBracketed ? [0x5D] : []
        }
        program.append(text: literal)
        try program.finish(pattern)
        return program
    }

    private static func variable(_ name: String) -> FieldStep {
        var step = FieldStep(.skip)
        switch name {
        case "ltime": (step.kind, step.timeShape) = (.time, .common)
        case "ctime": (step.kind, step.timeShape) = (.time, .calendar)
        case "ftime": (step.kind, step.timeShape) = (.time, .any)
        case "time", "epoch": (step.kind, step.timeShape) = (.time, .epochSeconds)
        case "tmsecs": (step.kind, step.timeShape) = (.time, .epochMilliseconds)
        case "method": step.kind = .method
        case "uri": step.kind = .path
        case "status": step.kind = .status
        case "size", "rsize": step.kind = .bytes
        case "micros": (step.kind, step.shift) = (.duration, 3)
        case "msecs": (step.kind, step.shift) = (.duration, 6)
        case "secs": (step.kind, step.shift) = (.duration, 9)
        default: break
        }
        return step
    }

    private static func step(for name: String) -> FieldStep {
        var step = FieldStep(.skip)
        switch name {
        case "t": (step.kind, step.timeShape) = (.time, .common)
        case "r": step.kind = .request
        case "m": step.kind = .method
        case "U", "R": step.kind = .path
        case "s", "st": step.kind = .status
        case "b", "B": step.kind = .bytes
        case "D": (step.kind, step.shift) = (.duration, 3)
        case "M": (step.kind, step.shift) = (.duration, 6)
        case "T", "L": (step.kind, step.shift) = (.duration, 9)
        default: break
        }
        return step
    }
}
