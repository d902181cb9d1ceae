/// An HTTP/1 answer as a probe needs it.
struct HTTPAnswer: Equatable {
    var status = 0
    var headers: [(name: String, value: String)] = []
    var body: [UInt8] = []

    static func == (left: HTTPAnswer, right: HTTPAnswer) -> Bool {
        left.status == right.status && left.body == right.body
            && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }

    static let bodyBytesMax = 65_536
    static let bytesMax = bodyBytesMax + 32_768

    /// nil where the bytes do not begin as HTTP does, or the head is not whole.
    init?(_ bytes: [UInt8]) {
        guard let head = Self.headEnd(bytes) else { return nil }
        var lines = bytes[..<head].split(separator: 0x0A).map { line in
            String(decoding: line.last == 0x0D ? line.dropLast() : line, as: UTF8.self)
        }[...]
        let words = (lines.popFirst() ?? "").split(separator: " ", maxSplits: 2)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]),
            (100...999).contains(code)
        else {
            return nil
        }
        status = code
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            headers.append((line[..<colon].lowercased(), String(value)))
        }
        let rest = bytes[head...]
        body = Array((isChunked ? Self.unchunked(rest) : Array(rest)).prefix(Self.bodyBytesMax))
    }

    func header(_ name: String) -> String? {
        headers.first { $0.name == name.lowercased() }?.value
    }

    private var isChunked: Bool {
        header("transfer-encoding")?.lowercased().hasSuffix("chunked") ?? false
    }

    /// Whether nothing more is to come: by its length, its last chunk, or its kind.
    static func isWhole(_ bytes: [UInt8]) -> Bool {
        guard let head = headEnd(bytes), let answer = HTTPAnswer(bytes) else { return false }
        if answer.status == 204 || answer.status == 304 { return true }
        if answer.isChunked {
            return bytes.count >= head + 5 && Array(bytes[(bytes.count - 5)...]) == Array("0\r\n\r\n".utf8)
        }
        guard let length = answer.header("content-length").flatMap({ Int($0) }), length >= 0 else {
            return false
        }
        return bytes.count - head >= min(length, bodyBytesMax)
    }

    /// Behind the empty line.
    private static func headEnd(_ bytes: [UInt8]) -> Int? {
        var place = 0
        while let feed = bytes[place...].firstIndex(of: 0x0A) {
            let next = feed + 1
            if next < bytes.count, bytes[next] == 0x0A { return next + 1 }
            if next + 1 < bytes.count, bytes[next] == 0x0D, bytes[next + 1] == 0x0A { return next + 2 }
            place = next
        }
        return nil
    }

    private static func unchunked(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var body: [UInt8] = []
        var rest = bytes
        while let feed = rest.firstIndex(of: 0x0A) {
            let digits = rest[..<feed].prefix { $0 != 0x3B && $0 != 0x0D && $0 != 0x20 }
            guard let size = Int(String(decoding: digits, as: UTF8.self), radix: 16), size > 0 else { break }
            rest = rest[(feed + 1)...]
            body += rest.prefix(size)
            guard rest.count > size, body.count < bodyBytesMax else { break }
            rest = rest.dropFirst(size)
            // The line end behind the chunk.
            if rest.first == 0x0D { rest = rest.dropFirst() }
            if rest.first == 0x0A { rest = rest.dropFirst() }
        }
        return body
    }
}

/// A URL of a probe, `http://HOST[:PORT]/PATH` or `https://…`.
struct ProbeURL: Equatable {
    var isSecure = false
    var host: String
    var port: UInt16
    var path: String

    init?(_ text: String) {
        let rest: Substring
        if text.hasPrefix("http://") {
            rest = text.dropFirst(7)
        } else if text.hasPrefix("https://") {
            rest = text.dropFirst(8)
            isSecure = true
        } else {
            return nil
        }
        let slash = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let authority = rest[..<slash]
        path = slash == rest.endIndex ? "/" : String(rest[slash...])
        if path.hasPrefix("?") { path = "/" + path }
        guard let (host, port) = Self.split(authority, isSecure ? 443 : 80) else { return nil }
        guard path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
        self.host = host
        self.port = port
    }

    /// `HOST`, `HOST:PORT`, `[::1]:PORT`.
    static func split(_ text: Substring, _ standard: UInt16?) -> (host: String, port: UInt16)? {
        let bracket = text.lastIndex(of: "]")
        let colon = text.lastIndex(of: ":")
        if let colon, bracket.map({ $0 < colon }) ?? true {
            let host = text[..<colon]
            guard !host.isEmpty, let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
                return nil
            }
            return isHost(host) ? (String(host), port) : nil
        }
        guard let standard, isHost(text) else { return nil }
        return (String(text), standard)
    }

    /// Nothing that could become an option, a word of its own, or a line.
    private static func isHost(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, first != 0x2D else { return false }
        return text.utf8.count <= 253
            && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != 0x2F && $0 != 0x40 }
    }
}
