/// HAProxy's `option httplog` and `log-format` (its configuration manual, "Log formats"). Where it is sent by syslog,
/// the header is peeled off before.
enum HAProxySyntax {
    static let httplog =
        "%ci:%cp [%tr] %ft %b/%s %TR/%Tw/%Tc/%Tr/%Ta %ST %B %CC %CS %tsc %ac/%fc/%bc/%sc/%rc %sq/%bq %hr %hs %{+Q}r"

    /// The standard line. Captured headers in braces may or may not be there, and a request that was cut at the
    /// datagram's end has no closing quote: so four spellings.
    static func standard() throws(LogFormatError) -> [FieldProgram] {
        var programs: [FieldProgram] = []
        for tail in [#""{request}""#, #"{_} "{request}""#, #""{request}"#, #"{_} "{request}"#] {
            var program = FieldProgram(escaping: .none)
            program.append(FieldStep(.skip), name: "client")
            program.append(text: Array(" [".utf8))
            var time = FieldStep(.time)
            time.timeShape = .common
            program.append(time, name: "time")
            program.append(text: Array("] ".utf8))
            program.append(FieldStep(.skip), name: "frontend")
            program.append(text: [0x20])
            program.append(FieldStep(.skip), name: "backend")
            program.append(text: [0x20])
            var timers = FieldStep(.timers)
            timers.shift = 6
            program.append(timers, name: "timers")
            program.append(text: [0x20])
            program.append(FieldStep(.status), name: "status")
            program.append(text: [0x20])
            program.append(FieldStep(.bytes), name: "bytes")
            program.append(text: [0x20])
            for name in ["request cookie", "response cookie"] {
                program.append(FieldStep(.skip), name: name)
                program.append(text: [0x20])
            }
            program.append(FieldStep(.termination), name: "termination")
            program.append(text: [0x20])
            for name in ["connections", "queues"] {
                program.append(FieldStep(.skip), name: name)
                program.append(text: [0x20])
            }
            if tail.hasPrefix("{_}") {
                program.append(FieldStep(.skip), name: "captures")
                program.append(text: [0x20, 0x22])
            } else {
                program.append(text: [0x22])
            }
            var request = FieldStep(.request)
            request.isQuoted = true
            program.append(request, name: "request")
            if tail.hasSuffix("\"") { program.append(text: [0x22]) }
            // TLS facts may follow, as option httpslog has them; a quote in a request is written #22.
            program.allowsMore = tail.utf8.last == 0x22
            try program.finish("haproxy")
            programs.append(program)
        }
        return programs
    }

    /// Whether this is a line of `option tcplog`, which tells of no request.
    static func isTCP(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard bytes.first(0x22, from: start, to: end) == end,
            let close = bytes.find("] ", from: start, to: end)
        else { return false }
        // Behind frontend and backend: three timers, a size, two letters.
        var place = close + 2
        for _ in 0..<2 { place = bytes.first(0x20, from: place, to: end) + 1 }
        let timersEnd = bytes.first(0x20, from: place, to: end)
        guard place < timersEnd, timersEnd < end else { return false }
        var slashes = 0
        for index in place..<timersEnd where bytes[index] == 0x2F { slashes += 1 }
        let sizeEnd = bytes.first(0x20, from: timersEnd + 1, to: end)
        return slashes == 2 && sizeEnd + 3 < end && bytes[sizeEnd + 3] == 0x20
    }

    static func compile(_ pattern: String) throws(LogFormatError) -> FieldProgram {
        var program = FieldProgram(escaping: .none)
        let bytes = Array(pattern.utf8)
        var literal: [UInt8] = []
        var place = 0
        while place < bytes.count {
            guard bytes[place] == 0x25 else {
                // A backslash keeps blanks and quotes in a configuration line.
                if bytes[place] == 0x5C, place + 1 < bytes.count { place += 1 }
                literal.append(bytes[place])
                place += 1
                continue
            }
            let start = place
            let (name, isQuoted) = try variable(bytes, &place, pattern)
            if name == "%" {
                literal.append(0x25)
                continue
            }
            if isQuoted { literal.append(0x22) }
            guard !(literal.isEmpty && !program.steps.isEmpty) else {
                throw LogFormatError("\"\(pattern)\": two fields need text between them, before %\(name)")
            }
            program.append(text: literal)
            var step = step(for: name)
            step.isQuoted = literal.last == 0x22
            program.append(step, name: String(decoding: bytes[start..<place], as: UTF8.self))
            literal = isQuoted ? [0x22] : []
        }
        program.append(text: literal)
        try program.finish(pattern)
        return program
    }

    /// `%ST`, `%{+Q}r`, `%[capture.req.hdr(0)]`, `%%`.
    private static func variable(
        _ bytes: [UInt8], _ place: inout Int, _ pattern: String
    ) throws(LogFormatError) -> (name: String, isQuoted: Bool) {
        place += 1
        var isQuoted = false
        if place < bytes.count, bytes[place] == 0x7B {
            let open = place
            while place < bytes.count, bytes[place] != 0x7D { place += 1 }
            isQuoted = bytes.span.find("+Q", from: open, to: place) != nil
            place += 1
        }
        guard place < bytes.count else { throw LogFormatError("\"\(pattern)\" ends within a % variable") }
        if bytes[place] == 0x25 {
            place += 1
            return ("%", false)
        }
        if bytes[place] == 0x5B {
            while place < bytes.count, bytes[place] != 0x5D { place += 1 }
            place = min(place + 1, bytes.count)
            return ("[]", isQuoted)
        }
        let start = place
        while place < bytes.count, bytes[place] | 0x20 >= 0x61, bytes[place] | 0x20 <= 0x7A { place += 1 }
        return (String(decoding: bytes[start..<place], as: UTF8.self), isQuoted)
    }

    private static func step(for name: String) -> FieldStep {
        var step = FieldStep(.skip)
        switch name {
        case "t", "tr", "T", "Tl", "trg", "trl": (step.kind, step.timeShape) = (.time, .common)
        case "r": step.kind = .request
        case "HM": step.kind = .method
        case "HP", "HU", "HPO": step.kind = .path
        case "ST": step.kind = .status
        case "B": step.kind = .bytes
        case "Ta", "Tt": (step.kind, step.shift) = (.duration, 6)
        case "Tu": (step.kind, step.shift) = (.duration, 6)
        case "ts", "tsc": step.kind = .termination
        default: break
        }
        return step
    }
}
