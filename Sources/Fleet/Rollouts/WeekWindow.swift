/// A stretch of the week in local time: `Fri 16:00-24:00`, or a whole day as `Sat`.
package struct WeekWindow: Hashable, Sendable, Codable, CustomStringConvertible {
    /// 0 is Sunday, as in `struct tm`.
    package let weekday: Int
    /// Minutes of the day; the end does not belong to it and may be 1440.
    package let minutes: Range<Int>

    package static let minutesOfDay = 1440
    private static let names = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]

    /// nil where the text is neither form, or its end is not behind its begin.
    package init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: true)
        guard let day = words.first, words.count <= 2,
            let weekday = Self.names.firstIndex(where: { $0.lowercased() == day.lowercased() })
        else { return nil }
        self.weekday = weekday
        guard words.count == 2 else {
            minutes = 0..<Self.minutesOfDay
            return
        }
        let ends = words[1].split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let begin = Self.minute(ends[0]), let end = Self.minute(ends[1]), begin < end
        else { return nil }
        minutes = begin..<end
    }

    package func contains(weekday: Int, minute: Int) -> Bool {
        weekday == self.weekday && minutes.contains(minute)
    }

    /// `16:00`, and `24:00` for the day's end.
    private static func minute(_ text: Substring) -> Int? {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ $0.utf8.count == 2 && $0.utf8.allSatisfy(isDigit) }),
            let hour = Int(parts[0]), let minute = Int(parts[1]), minute < 60
        else { return nil }
        let all = hour * 60 + minute
        return all <= minutesOfDay ? all : nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte)
    }

    package var description: String {
        guard minutes != 0..<Self.minutesOfDay else { return Self.names[weekday] }
        return "\(Self.names[weekday]) \(Self.clock(minutes.lowerBound))-\(Self.clock(minutes.upperBound))"
    }

    private static func clock(_ minute: Int) -> String {
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(two(minute / 60)):\(two(minute % 60))"
    }
}
