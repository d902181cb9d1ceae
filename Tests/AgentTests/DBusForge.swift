/// Messages of D-Bus as another program would write them, by the specification and apart from the code under test, in
/// either byte order. They are written by hand; Fixtures/systemd holds recorded ones.
struct DBusForge {
    var isLittle = true

    func number(_ value: UInt64, _ size: Int) -> [UInt8] {
        let bytes = (0..<size).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
        return isLittle ? bytes : bytes.reversed()
    }

    func padded(_ bytes: [UInt8], _ size: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: (size - bytes.count % size) % size)
    }

    func adding(_ text: String, to bytes: [UInt8]) -> [UInt8] {
        padded(bytes, 4) + number(UInt64(text.utf8.count), 4) + Array(text.utf8) + [0]
    }

    /// type 2 is an answer, 3 an error with its name.
    func message(
        type: UInt8 = 2, answers serial: UInt32, error: String = "", signature: String, body: [UInt8]
    ) -> [UInt8] {
        var fields: [UInt8] = [5, 1, UInt8(ascii: "u"), 0] + number(UInt64(serial), 4)
        if !error.isEmpty { fields = adding(error, to: padded(fields, 8) + [4, 1, UInt8(ascii: "s"), 0]) }
        if !signature.isEmpty {
            fields =
                padded(fields, 8) + [8, 1, UInt8(ascii: "g"), 0, UInt8(signature.utf8.count)]
                + Array(signature.utf8) + [0]
        }
        fields = adding(":1.1", to: padded(fields, 8) + [7, 1, UInt8(ascii: "s"), 0])
        let start: [UInt8] = [UInt8(ascii: isLittle ? "l" : "B"), type, 1, 1]
        let head = start + number(UInt64(body.count), 4) + number(77, 4) + number(UInt64(fields.count), 4)
        return padded(head + fields, 8) + body
    }

    func variant(_ type: String, _ value: [UInt8], alignment: Int) -> [UInt8] {
        padded([1] + Array(type.utf8) + [0], alignment) + value
    }

    func variant(_ text: String) -> [UInt8] {
        adding(text, to: [1, UInt8(ascii: "s"), 0])
    }

    func variant(uint32 value: UInt32) -> [UInt8] { variant("u", number(UInt64(value), 4), alignment: 4) }

    func variant(uint64 value: UInt64) -> [UInt8] { variant("t", number(value, 8), alignment: 8) }

    /// The body of an answer to ListUnits, `a(ssssssouso)`.
    func units(_ units: [(name: String, load: String, active: String)]) -> [UInt8] {
        // Elements begin at 8; the four bytes of the length come before, padded.
        var body = [UInt8](repeating: 0, count: 8)
        for unit in units {
            body = padded(body, 8)
            for text in [unit.name, "A unit", unit.load, unit.active, "sub", ""] {
                body = adding(text, to: body)
            }
            body = adding("/org/freedesktop/systemd1/unit/\(unit.name)", to: body)
            body = padded(body, 4) + number(0, 4)
            body = adding("", to: body)
            body = adding("/", to: body)
        }
        body.replaceSubrange(0..<4, with: number(UInt64(body.count - 8), 4))
        return body
    }
}
