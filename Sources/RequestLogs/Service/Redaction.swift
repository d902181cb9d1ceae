/// Masks what may be a secret in a line that leaves the host: all values of query strings, the values of headers and
/// fields whose names tell of one, tokens by their looks, passwords in addresses.
package enum Redaction {
    private static let mask: [UInt8] = [0x2A, 0x2A, 0x2A]

    /// Anywhere in a name.
    private static let fragments = [
        "pass", "pwd", "token", "secret", "credential", "cookie", "signature", "session", "authorization",
        "apikey", "api-key", "api_key", "csrf", "private",
    ].map { Array($0.utf8) }
    /// The whole name, or its last word.
    private static let words = ["auth", "key", "jwt", "sig", "otp", "pin", "pw", "sid", "bearer"]
        .map { Array($0.utf8) }
    /// Words before a secret in a header's value.
    private static let schemes = ["bearer", "basic", "digest", "negotiate"].map { Array($0.utf8) }
    /// The same where it is plain that a value is a secret.
    private static let valueSchemes = schemes + [Array("token".utf8), Array("apikey".utf8)]
    /// How well-known tokens begin, each with the least length of the whole.
    private static let tokens: [(start: [UInt8], bytesMin: Int)] = [
        ("ghp_", 20), ("gho_", 20), ("ghu_", 20), ("ghs_", 20), ("ghr_", 20), ("github_pat_", 20),
        ("glpat-", 20), ("xoxa-", 15), ("xoxb-", 15), ("xoxp-", 15), ("xoxr-", 15), ("xoxs-", 15),
        ("sk_live_", 15), ("rk_live_", 15), ("sk-", 24), ("hvs.", 20), ("AKIA", 20), ("ASIA", 20),
        ("eyJ", 30), ("npm_", 30), ("pypi-", 30), ("AIza", 35), ("SG.", 40), ("ya29.", 20), ("sk_test_", 15),
        ("whsec_", 20), ("shpat_", 20), ("dop_v1_", 20),
    ].map { (Array($0.0.utf8), $0.1) }

    /// The line without its secrets, at most `max` bytes of it.
    package static func redacted(_ line: Span<UInt8>, max: Int) -> [UInt8] {
        var result: [UInt8] = []
        var place = 0
        while place < line.count, result.count < max {
            let byte = line[place]
            if byte == 0x3F {
                result.append(byte)
                place = query(line, place + 1, &result)
            } else if let end = PaymentCard.end(line, place) {
                result += mask
                place = end
            } else if isName(byte) {
                place = word(line, place, &result)
            } else if line.has("://", at: place, before: line.count) {
                place = address(line, place, &result)
            } else {
                result.append(byte)
                place += 1
            }
        }
        return result.count > max ? Array(result[..<max]) : result
    }

    private static func isName(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F || byte == 0x2D
            || byte == 0x2E || byte >= 0x80
    }

    /// The pairs behind a question mark: names stay, values go.
    private static func query(_ line: Span<UInt8>, _ start: Int, _ result: inout [UInt8]) -> Int {
        var place = start
        while place < line.count, !endsQuery(line[place]) {
            let byte = line[place]
            place += 1
            result.append(byte)
            guard byte == 0x3D else { continue }
            let value = place
            while place < line.count, !endsQuery(line[place]), line[place] != 0x26, line[place] != 0x3B,
                !line.has(#"\u0026"#, at: place, before: line.count)
            {
                place += 1
            }
            if place > value { result += mask }
        }
        return place
    }

    private static func endsQuery(_ byte: UInt8) -> Bool {
        byte <= 0x20 || byte == 0x22 || byte == 0x27 || byte == 0x3C || byte == 0x3E || byte == 0x7C
            || byte == 0x7D || byte == 0x29
    }

    /// A word, and the value behind it where it is a name that tells of a secret.
    private static func word(_ line: Span<UInt8>, _ start: Int, _ result: inout [UInt8]) -> Int {
        var end = start
        while end < line.count, isName(line[end]) { end += 1 }
        let text = line.array(start..<end)
        if tokens.contains(where: { text.count >= $0.bytesMin && text.starts(with: $0.start) }) {
            result += mask
            return end
        }
        result += text
        let lower = text.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if schemes.contains(lower), end < line.count, line[end] == 0x20 {
            return secretWord(line, end, &result)
        }
        if let end = endOfPrivateKey(line, start) {
            result.removeLast(text.count)
            result += mask
            return end
        }
        guard isSecret(lower) else { return end }
        // A flag with its value behind a blank.
        if lower.starts(with: [0x2D, 0x2D]), end + 1 < line.count, line[end] == 0x20, line[end + 1] != 0x2D {
            return secretWord(line, end, &result)
        }
        // `name=`, `name = `, `name: `, `"name": "`, `"name":["`, `"name"=>"`.
        var place = end
        if place < line.count, line[place] == 0x5C { place += 1 }
        if place < line.count, line[place] == 0x22 || line[place] == 0x27 { place += 1 }
        let sign = line.skipBlanks(from: place, to: line.count)
        if sign < line.count, line[sign] == 0x3D { place = sign }
        guard place < line.count, line[place] == 0x3D || line[place] == 0x3A else { return end }
        let isHeader = line[place] == 0x3A
        if line.has("=>", at: place, before: line.count) { place += 1 }
        place = line.skipBlanks(from: place + 1, to: line.count)
        result += line.array(end..<place)
        return value(line, place, isHeader: isHeader, isCookie: isCookie(lower), &result)
    }

    private static func isCookie(_ lower: [UInt8]) -> Bool {
        lower.span.find("cookie", from: 0, to: lower.count) != nil
    }

    private static func isSecret(_ lower: [UInt8]) -> Bool {
        if fragments.contains(where: { lower.span.find($0, from: 0, to: lower.count) != nil }) { return true }
        return words.contains { word in
            guard lower.count >= word.count, lower.suffix(word.count).elementsEqual(word) else {
                return false
            }
            let before = lower.count - word.count - 1
            return before < 0 || lower[before] == 0x2D || lower[before] == 0x5F || lower[before] == 0x2E
        }
    }

    /// Masks the value that begins at `start`: all texts of an array, a text, or a word.
    private static func value(
        _ line: Span<UInt8>, _ start: Int, isHeader: Bool, isCookie: Bool, _ result: inout [UInt8]
    ) -> Int {
        var place = start
        let isArray = place < line.count && line[place] == 0x5B
        if isArray {
            result.append(0x5B)
            place += 1
        }
        repeat {
            place = one(line, place, isHeader: isHeader, isCookie: isCookie, &result)
            guard isArray, place < line.count else { return place }
            if line[place] == 0x5C, place + 1 < line.count {
                result.append(0x5C)
                place += 1
            }
            if line[place] == 0x22 {
                result.append(0x22)
                place += 1
            }
            guard place < line.count, line[place] == 0x2C else { return place }
            let next = line.skipBlanks(from: place + 1, to: line.count)
            result += line.array(place..<next)
            place = next
        } while place < line.count
        return place
    }

    private static func one(
        _ line: Span<UInt8>, _ start: Int, isHeader: Bool, isCookie: Bool, _ result: inout [UInt8]
    ) -> Int {
        var place = start
        // A JSON text within a text has its quotes escaped.
        let isEscaped = place + 1 < line.count && line[place] == 0x5C && line[place + 1] == 0x22
        let quote: UInt8? =
            isEscaped
            ? 0x22 : place < line.count && (line[place] == 0x22 || line[place] == 0x27) ? line[place] : nil
        guard let quote else {
            if place < line.count, line[place] == 0x7B {
                result += mask
                return endOfObject(line, place)
            }
            if isCookie, isHeader {
                // Cookies are pairs with blanks between; they end with the text they stand in.
                while place < line.count, line[place] != 0x22, line[place] != 0x7C { place += 1 }
                if place > start { result += mask }
                return place
            }
            return secretWords(line, start, isHeader: isHeader, &result)
        }
        let open = isEscaped ? 2 : 1
        result += line.array(place..<place + open)
        place += open
        while place < line.count {
            if isEscaped, line[place] == 0x5C, place + 1 < line.count, line[place + 1] == 0x22 { break }
            if !isEscaped, line[place] == quote { break }
            // A quote within a text within a text is `\\\"`.
            if isEscaped, line.has(#"\\"#, at: place, before: line.count) { place += 2 }
            place += line[min(place, line.count - 1)] == 0x5C ? 2 : 1
        }
        result += mask
        return min(place, line.count)
    }

    /// Behind the brace that closes the object at `start`, or the line's end. Braces within texts count, too: rather too much
    /// is masked than too little.
    private static func endOfObject(_ line: Span<UInt8>, _ start: Int) -> Int {
        var depth = 0
        for place in start..<line.count {
            if line[place] == 0x7B { depth += 1 }
            if line[place] == 0x7D { depth -= 1 }
            if depth == 0 { return place + 1 }
        }
        return line.count
    }

    /// A word, and another where the first only names the scheme: `Bearer x`.
    private static func secretWords(
        _ line: Span<UInt8>, _ start: Int, isHeader: Bool, _ result: inout [UInt8]
    ) -> Int {
        if let end = endOfPrivateKey(line, start) {
            result += mask
            return end
        }
        let end = endOfWord(line, start)
        let lower = line.array(start..<end).map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
        if valueSchemes.contains(lower), end < line.count, line[end] == 0x20 {
            result += line.array(start..<end)
            let last = secretWord(line, end, &result)
            // Digest has pairs with commas between.
            guard lower.elementsEqual("digest".utf8) else { return last }
            var place = last
            while place < line.count, line[place] != 0x22, line[place] >= 0x20 { place += 1 }
            return place
        }
        if end > start { result += mask }
        return end
    }

    /// Masks the word behind the blanks at `start`.
    private static func secretWord(_ line: Span<UInt8>, _ start: Int, _ result: inout [UInt8]) -> Int {
        let first = line.skipBlanks(from: start, to: line.count)
        result += line.array(start..<first)
        let end = endOfWord(line, first)
        if end > first { result += mask }
        return end
    }

    private static func endOfWord(_ line: Span<UInt8>, _ start: Int) -> Int {
        var end = start
        while end < line.count {
            let byte = line[end]
            if byte <= 0x20 || byte == 0x22 || byte == 0x26 || byte == 0x2C || byte == 0x3B || byte == 0x27
                || byte == 0x7D || byte == 0x5D || byte == 0x29
            {
                break
            }
            end += 1
        }
        return end
    }

    /// Behind the private key in PEM that begins here, or the line's end where it does not end; nil for anything else.
    private static func endOfPrivateKey(_ line: Span<UInt8>, _ start: Int) -> Int? {
        guard line.has("-----BEGIN ", at: start, before: line.count),
            let head = line.find("PRIVATE KEY", from: start, to: min(line.count, start + 48))
        else { return nil }
        guard let tail = line.find("-----END ", from: head, to: line.count),
            let last = line.find("-----", from: tail + 9, to: line.count)
        else { return line.count }
        return last + 5
    }

    /// `://user:password@host`: the password goes.
    private static func address(_ line: Span<UInt8>, _ start: Int, _ result: inout [UInt8]) -> Int {
        result += line.array(start..<start + 3)
        var end = start + 3
        while end < line.count, line[end] > 0x20, line[end] != 0x2F, line[end] != 0x22, line[end] != 0x3F {
            end += 1
        }
        var at = end
        while at > start + 3, line[at - 1] != 0x40 { at -= 1 }
        let colon = line.first(0x3A, from: start + 3, to: max(start + 3, at))
        guard at > start + 3, colon < at else { return start + 3 }
        result += line.array(start + 3..<colon + 1)
        result += mask
        return at - 1
    }
}
