/// morgan's format strings: `:token[argument]` (morgan's README and index.js). It escapes nothing.
enum MorganSyntax {
    static let named: [(name: String, pattern: String)] = [
        (
            "combined",
            #":remote-addr - :remote-user [:date[clf]] ":method :url HTTP/:http-version" :status :res[content-length] ":referrer" ":user-agent""#
        ),
        (
            "common",
            #":remote-addr - :remote-user [:date[clf]] ":method :url HTTP/:http-version" :status :res[content-length]"#
        ),
        ("dev", ":method :url :status :response-time ms - :res[content-length]"),
        (
            "short",
            ":remote-addr :remote-user :method :url HTTP/:http-version :status :res[content-length] - :response-time ms"
        ),
        ("tiny", ":method :url :status :res[content-length] - :response-time ms"),
    ]

    static func compile(_ pattern: String) throws(LogFormatError) -> FieldProgram {
        var program = FieldProgram(escaping: .none)
        // The request in quotes is one field, as everywhere else.
        let text = named.first { $0.name == pattern }?.pattern ?? pattern
        let bytes = Array(text.utf8)
        let request = Array(":method :url HTTP/:http-version".utf8)
        var literal: [UInt8] = []
        var place = 0
        while place < bytes.count {
            let isToken =
                bytes[place] == 0x3A && place + 1 < bytes.count && bytes[place + 1] | 0x20 >= 0x61
                && bytes[place + 1] | 0x20 <= 0x7A
            guard isToken else {
                literal.append(bytes[place])
                place += 1
                continue
            }
            program.append(text: literal)
            var step: FieldStep
            let start = place
            if literal.last == 0x22, bytes[place...].starts(with: request) {
                step = FieldStep(.request)
                place += request.count
            } else {
                step = token(bytes, &place)
            }
            step.isQuoted = literal.last == 0x22
            program.append(step, name: String(decoding: bytes[start..<place], as: UTF8.self))
            literal = []
        }
        program.append(text: literal)
        try program.finish(pattern)
        return program
    }

    private static func token(_ bytes: [UInt8], _ place: inout Int) -> FieldStep {
        place += 1
        let start = place
        while place < bytes.count,
            bytes[place] == 0x2D || bytes[place] | 0x20 >= 0x61 && bytes[place] | 0x20 <= 0x7A
        {
            place += 1
        }
        let name = String(decoding: bytes[start..<place], as: UTF8.self)
        var argument = ""
        if place < bytes.count, bytes[place] == 0x5B {
            let open = place + 1
            while place < bytes.count, bytes[place] != 0x5D { place += 1 }
            argument = String(decoding: bytes[open..<min(place, bytes.count)], as: UTF8.self)
            place = min(place + 1, bytes.count)
        }
        var step = FieldStep(.skip)
        switch name {
        case "date":
            step.kind = .time
            step.timeShape = argument == "clf" ? .common : argument == "iso" ? .iso : .any
        case "method": step.kind = .method
        case "url": step.kind = .path
        case "status": step.kind = .status
        case "res" where argument.lowercased() == "content-length": step.kind = .bytes
        case "response-time": (step.kind, step.shift) = (.duration, 6)
        // The time until the last byte went out counts where there is no time until the first.
        case "total-time": (step.kind, step.shift) = (.duration, 6)
        default: break
        }
        return step
    }
}
