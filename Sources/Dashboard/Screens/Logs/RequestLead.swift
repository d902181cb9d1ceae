import Text

/// The beginning of an access log's line, which says less than what follows: who asked, and a time that stands before the
/// line already. It is passed over where the request and its status would have no room.
///
///     192.0.2.7 - - [22/Nov/2026:08:09:25 +0000] "GET /items/7 HTTP/1.1" 200 155 ...
enum RequestLead {
    /// Bytes of a line that are looked at.
    private static let bytesMax = 2048

    /// Cells before the request's quote; 0 where all up to the status fits into `room`, or the line is none of these.
    static func width(of text: String, room: Int) -> Int {
        let bytes = Array(text.utf8.prefix(bytesMax))
        guard let request = request(in: bytes) else { return 0 }
        let lead = SafeText(bytes: bytes[..<request.lowerBound]).width
        return lead + SafeText(bytes: bytes[request]).width > room ? lead : 0
    }

    /// Where `"GET /items/7 HTTP/1.1" 200` stands. An error log's line quotes requests, too, but no status follows.
    private static func request(in bytes: [UInt8]) -> Range<Int>? {
        var place = 0
        while let open = bytes[place...].firstIndex(of: UInt8(ascii: "\"")) {
            place = open + 1
            let word = bytes[place...].prefix { $0 >= 0x41 && $0 <= 0x5A }
            guard word.count > 2, bytes[word.endIndex...].starts(with: [0x20, 0x2F]),
                let close = bytes[place...].firstIndex(of: UInt8(ascii: "\"")), close + 5 <= bytes.count,
                bytes[close + 1] == 0x20, bytes[close + 2..<close + 5].allSatisfy({ $0 &- 0x30 < 10 })
            else { continue }
            return open..<close + 5
        }
        return nil
    }
}
