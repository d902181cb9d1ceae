/// The numbers of payment cards (ISO/IEC 7812): 13 to 19 digits that begin with 3 to 6, alone or in groups of four, with
/// the check digit of Luhn. One in ten other numbers of that form has the digit, too, and is masked with them.
enum PaymentCard {
    /// Behind the card's number that begins at `start`, where a word begins; nil where there is none.
    static func end(_ line: Span<UInt8>, _ start: Int) -> Int? {
        guard start + 13 <= line.count, line[start] >= 0x33, line[start] <= 0x36 else { return nil }
        if start > 0, isJoined(line[start - 1]) { return nil }
        var digits = 0
        var place = start
        var sums = (even: 0, odd: 0)
        while place < line.count, digits <= 19 {
            let byte = line[place]
            if byte &- 0x30 < 10 {
                let digit = Int(byte - 0x30)
                let doubled = digit * 2 > 9 ? digit * 2 - 9 : digit * 2
                sums.even += digits % 2 == 0 ? doubled : digit
                sums.odd += digits % 2 == 0 ? digit : doubled
                digits += 1
            } else if (byte == 0x20 || byte == 0x2D) && digits >= 4 && digits < 16 && place + 1 < line.count
                && line[place + 1] &- 0x30 < 10 && line[place - 1] != byte
            {
                // Groups are of four digits, or American Express's 4, 6 and 5.
                guard digits % 4 == 0 || digits == 10 else { break }
            } else {
                break
            }
            place += 1
        }
        guard digits >= 13, digits <= 19, place >= line.count || !goesOn(line, place) else { return nil }
        // The last digit counts once, the one before it twice.
        let sum = digits % 2 == 0 ? sums.even : sums.odd
        return sum % 10 == 0 ? place : nil
    }

    /// Whether what follows belongs to the number; a point at a sentence's end does not.
    private static func goesOn(_ line: Span<UInt8>, _ place: Int) -> Bool {
        guard line[place] == 0x2E else { return isJoined(line[place]) }
        return place + 1 < line.count && line[place + 1] &- 0x30 < 10
    }

    /// Whether the byte belongs to a word or a number with a fraction.
    private static func isJoined(_ byte: UInt8) -> Bool {
        byte &- 0x30 < 10 || byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A || byte == 0x5F || byte == 0x2E
    }
}
