/// Lines that plainly tell of a request though the log's format is another, as when a server's format is changed and its log
/// goes on: they are none of the lines that may stand between requests.
enum ForeignRequest {
    private static let roles = FieldRoles()

    /// A JSON object with a status and what was asked for, or a line with `"GET /x HTTP/1.1" 200` in it.
    static func isOne(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard start < end else { return false }
        return bytes[start] == 0x7B ? isObject(bytes, start, end) : isLine(bytes, start, end)
    }

    private static func isObject(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        var record = StructuredRecord()
        return JSONScanner.read(bytes, start, end, roles, &record) >= 0 && record.isRequest
    }

    private static func isLine(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard let name = bytes.find(" HTTP/", from: start, to: end) else { return false }
        var open = name
        while open > start, bytes[open - 1] != 0x22 { open -= 1 }
        guard open > start, bytes[open] &- 0x41 < 26 else { return false }
        // The version ends with the request's quote; a status follows.
        let quote = bytes.first(0x22, from: name, to: min(end, name + 12))
        var status = quote + 2
        guard bytes.has("\" ", at: quote, before: end), let code = FieldProgram.status(bytes, &status, end)
        else {
            return false
        }
        return code > 0 && (status == end || bytes[status] == 0x20)
    }
}
