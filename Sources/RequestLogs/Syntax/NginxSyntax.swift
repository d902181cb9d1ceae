/// nginx's `log_format`: text with `$variables` or `${variables}` (ngx_http_log_module, ngx_http_core_module).
enum NginxSyntax {
    static let combined =
        #"$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent""#

    static func compile(_ pattern: String) throws(LogFormatError) -> FieldProgram {
        var program = FieldProgram(escaping: .backslash)
        let bytes = Array(pattern.utf8)
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
            program.append(text: literal)
            var step = step(for: name)
            step.isQuoted = literal.last == 0x22
            program.append(step, name: name)
            literal = []
        }
        program.append(text: literal)
        try program.finish(pattern)
        return program
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
