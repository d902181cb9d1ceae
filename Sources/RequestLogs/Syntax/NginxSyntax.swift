/// nginx's `log_format`: text with `$variables` or `${variables}` (ngx_http_log_module, ngx_http_core_module).
enum NginxSyntax {
    static let combined =
        #"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#

    static func compile(_ pattern: String) throws(LogFormatError) -> FieldProgram {
        var program = FieldProgram(escaping: .backslash)
        let bytes = text(of: Array(pattern.utf8))
        var literal: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == 0x24 else {
                literal.append(bytes[place])
                place += 1
                continue
            }
            let name = variable(bytes, &place)
            guard !name.isEmpty else {
                throw LogFormatError("nginx: a $ without a variable's name in \"\(pattern)\"")
            }
            var step = step(for: name)
            if literal.isEmpty, !program.steps.isEmpty {
                guard program.join(step) else {
                    throw LogFormatError(
                        "nginx: \"\(pattern)\": two fields need text between them, before $\(name)")
                }
                continue
            }
            program.append(text: literal)
            step.isQuoted = literal.last == 0x22
            let isList = step.kind == .skip && name.utf8.starts(with: "upstream_".utf8)
            if isList, literal.last == nil || literal.last == 0x20 { step.kind = .list }
            program.append(step, name: name)
            literal = []
        }
        program.append(text: literal)
        try program.finish(pattern)
        return program
    }

    /// The format's own text, also where it is written as in nginx.conf: behind `log_format NAME escape=...`, in pieces
    /// between quotes, with a semicolon, and with `\t` for a tab.
    private static func text(of pattern: [UInt8]) -> [UInt8] {
        var place = 0
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0A }
        if pattern.starts(with: "log_format ".utf8) {
            place = pattern.firstIndex { $0 == 0x27 || $0 == 0x22 } ?? pattern.count
        }
        let isWritten = place < pattern.count && pattern[place] == 0x27 || place > 0
        guard isWritten else { return unescaped(pattern) }
        var text: [UInt8] = []
        while place < pattern.count {
            let quote = pattern[place]
            place += 1
            if isBlank(quote) || quote == 0x3B { continue }
            guard quote == 0x27 || quote == 0x22 else { return unescaped(pattern) }
            while place < pattern.count, pattern[place] != quote {
                if pattern[place] == 0x5C, place + 1 < pattern.count {
                    text.append(pattern[place])
                    place += 1
                }
                text.append(pattern[place])
                place += 1
            }
            place += 1
        }
        return unescaped(text)
    }

    /// nginx.conf's escapes: of blanks, quotes and the backslash, and those of tab, return and line feed.
    private static func unescaped(_ bytes: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        var place = 0
        while place < bytes.count {
            var byte = bytes[place]
            place += 1
            if byte == 0x5C, place < bytes.count {
                switch bytes[place] {
                case 0x74: byte = 0x09
                case 0x72: byte = 0x0D
                case 0x6E: byte = 0x0A
                case 0x22, 0x27, 0x5C, 0x20: byte = bytes[place]
                default: place -= 1
                }
                place += 1
            }
            text.append(byte)
        }
        return text
    }

    private static func variable(_ bytes: [UInt8], _ place: inout Int) -> String {
        place += 1
        let isBraced = place < bytes.count && bytes[place] == 0x7B
        if isBraced { place += 1 }
        let start = place
        while place < bytes.count, isNameByte(bytes[place]) { place += 1 }
        let name = String(decoding: bytes[start..<place], as: UTF8.self)
        if isBraced, place < bytes.count, bytes[place] == 0x7D { place += 1 }
        return name
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        byte == 0x5F || byte &- 0x30 < 10 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
    }

    /// Durations of the upstream are not the request's: they may be lists, and exclude the client.
    private static func step(for name: String) -> FieldStep {
        var step = FieldStep(.skip)
        switch name {
        case "time_local": (step.kind, step.timeShape) = (.time, .common)
        case "time_iso8601": (step.kind, step.timeShape) = (.time, .iso)
        case "msec": (step.kind, step.timeShape) = (.time, .epochSeconds)
        case "request": step.kind = .request
        case "request_method": step.kind = .method
        case "request_uri", "uri", "document_uri": step.kind = .path
        case "status": step.kind = .status
        case "body_bytes_sent", "bytes_sent": step.kind = .bytes
        case "request_time": (step.kind, step.shift) = (.duration, 9)
        default: break
        }
        return step
    }
}
