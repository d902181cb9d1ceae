/// Numbers with units, as every screen, table and message prints them: short, and never wider than eight cells
/// for any value a host can have. What is not a number prints as `--`.
package enum Format {
    /// `1 host`, `2 hosts`, `0 hosts`: a number of things whose plural takes an s.
    package static func counted(_ number: some BinaryInteger, _ noun: String) -> String {
        "\(number) \(noun)\(number == 1 ? "" : "s")"
    }

    /// What stands for a value that does not exist.
    package static let absent: SafeText = "--"

    /// A share of one as a percentage: 0.97 is `97%`, 0.041 is `4.10%`, 8.12 is `812%`.
    package static func ratio(_ value: Double) -> SafeText {
        guard value.isFinite else { return absent }
        let percent = value * 100
        return trusted(decimal(percent, places: hasTwoPlaces(percent) ? 2 : 0) + "%")
    }

    /// A share of one as a bare percentage, for columns whose title has the sign: 0.97 is `97`, 0.041 is `4.10`.
    package static func percent(_ value: Double) -> SafeText {
        guard value.isFinite else { return absent }
        let percent = value * 100
        return trusted(decimal(percent, places: hasTwoPlaces(percent) ? 2 : 0))
    }

    /// Bytes with IEC steps of 1024: `812B`, `1.2M`, `12G`; zero is `0`.
    package static func bytes(_ value: Double) -> SafeText {
        scaled(value, step: 1024, units: ["B", "K", "M", "G", "T", "P", "E"])
    }

    /// Bytes a second: `1.2M/s`.
    package static func byteRate(_ bytesPerSecond: Double) -> SafeText {
        bytesPerSecond.isFinite ? bytes(bytesPerSecond) + "/s" : absent
    }

    /// Things a second: `812/s`, `41.2k/s`.
    package static func rate(_ perSecond: Double) -> SafeText {
        perSecond.isFinite ? count(perSecond) + "/s" : absent
    }

    /// A number of things with steps of 1000: `0`, `0.61`, `9.1`, `812`, `9.1k`, `41.2k`, `812k`.
    package static func count(_ value: Double) -> SafeText {
        guard value.isFinite else { return absent }
        if value.magnitude < 999.5 { return number(value) }
        var left = value
        var unit = 0
        let units = ["", "k", "M", "G", "T", "P", "E"]
        while left.magnitude >= 999.5, unit < units.count - 1 {
            left /= 1000
            unit += 1
        }
        guard left.magnitude < 1e6 else { return left < 0 ? "-huge" : "huge" }
        return trusted(decimal(left, places: left.magnitude < 99.95 ? 1 : 0) + units[unit])
    }

    /// A plain number with as many places as keep three digits: `0.61`, `31.2`, `812`; whole ones without places.
    package static func number(_ value: Double) -> SafeText {
        guard value.isFinite else { return absent }
        if value == value.rounded() { return trusted(decimal(value, places: 0)) }
        let places = value.magnitude < 9.995 ? 2 : value.magnitude < 99.95 ? 1 : 0
        return trusted(decimal(value, places: places))
    }

    /// A number with a fixed count of places, 0 to 9.
    package static func fixed(_ value: Double, places: Int) -> SafeText {
        guard value.isFinite else { return absent }
        return trusted(decimal(value, places: max(0, min(places, 9))))
    }

    /// A whole number, digit for digit.
    package static func integer(_ value: some BinaryInteger) -> SafeText {
        trusted(String(value))
    }

    static func trusted(_ ascii: String) -> SafeText {
        SafeText(trusted: ascii, width: ascii.utf8.count)
    }

    /// Percentages below ten have two places, but a plain zero stays short.
    private static func hasTwoPlaces(_ percent: Double) -> Bool {
        percent != 0 && percent.magnitude < 9.995
    }

    private static func scaled(_ value: Double, step: Double, units: [String]) -> SafeText {
        guard value.isFinite else { return absent }
        if value.magnitude < 0.5 { return "0" }
        var left = value
        var unit = 0
        while left.magnitude >= 999.5, unit < units.count - 1 {
            left /= step
            unit += 1
        }
        guard left.magnitude < 1e6 else { return left < 0 ? "-huge" : "huge" }
        return trusted(decimal(left, places: unit > 0 && left.magnitude < 9.95 ? 1 : 0) + units[unit])
    }

    /// Rounds half away from zero; exact for magnitudes below 2^53 / 10^places, without Foundation's printf.
    static func decimal(_ value: Double, places: Int) -> String {
        var power: Double = 1
        for _ in 0..<places { power *= 10 }
        let scaled = (value.magnitude * power).rounded()
        guard scaled < 9e18 else { return value < 0 ? "-huge" : "huge" }
        let whole = UInt64(scaled)
        let isNegative = value < 0 && whole > 0
        guard places > 0 else { return isNegative ? "-\(whole)" : String(whole) }
        let divisor = UInt64(power)
        let fraction = String(whole % divisor)
        let zeros = String(repeating: "0", count: places - fraction.utf8.count)
        return (isNegative ? "-" : "") + String(whole / divisor) + "." + zeros + fraction
    }
}
