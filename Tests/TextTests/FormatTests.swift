import Testing
import Text

@Suite struct `Numbers with units` {
    @Test(arguments: [
        (0.97, "97%"), (0.041, "4.10%"), (0, "0%"), (8.12, "812%"), (0.09996, "10%"), (1, "100%"),
        (-0.02, "-2.00%"), (.nan, "--"), (.infinity, "--"), (1e300, "huge%"),
    ])
    func `print shares as percentages`(value: Double, text: String) {
        #expect(Format.ratio(value).string == text)
    }

    @Test(arguments: [
        (0, "0"), (812, "812B"), (1023, "1.0K"), (1024, "1.0K"), (1_258_291, "1.2M"),
        (12 * 1_073_741_824, "12G"),
        (10_188, "9.9K"), (10_200, "10K"), (999.4, "999B"), (1_047_552, "1.0M"), (-2048, "-2.0K"),
        (.nan, "--"),
        (1e300, "huge"),
    ])
    func `print bytes in steps of 1024`(value: Double, text: String) {
        #expect(Format.bytes(value).string == text)
    }

    @Test(arguments: [
        (0, "0"), (0.61, "0.61"), (9.1, "9.10"), (31.2, "31.2"), (812, "812"), (9100, "9.1k"),
        (41_200, "41.2k"),
        (812_000, "812k"), (999.7, "1.0k"), (999_960, "1.0M"), (-41_200, "-41.2k"), (99.97, "100"),
        (.nan, "--"),
    ])
    func `print counts in steps of 1000`(value: Double, text: String) {
        #expect(Format.count(value).string == text)
    }

    @Test(arguments: [
        (0, "0 s"), (0.000_34, "340 us"), (0.0011, "1.1 ms"), (0.044, "44 ms"), (1.84, "1.84 s"),
        (94, "94 s"),
        (180, "3m"), (7200, "2h"), (81 * 86_400, "81d"), (.nan, "--"),
    ])
    func `print spans from microseconds to days`(value: Double, text: String) {
        #expect(Format.seconds(value).string == text)
    }

    @Test(arguments: [(0.4, "0s"), (94, "94s"), (200, "3m"), (7300, "2h"), (7_000_000, "81d"), (-3, "-3s")])
    func `print ages in one unit, rounded down`(value: Double, text: String) {
        #expect(Format.age(value).string == text)
    }

    @Test(arguments: [(0, "0:00.00"), (1.84, "0:01.84"), (3552, "59:12.00"), (43_620, "12h07"), (-1, "--")])
    func `print processor time as top does`(value: Double, text: String) {
        #expect(Format.processorTime(value).string == text)
    }

    @Test func `print rates with what they are per`() {
        #expect(Format.byteRate(1_258_291).string == "1.2M/s")
        #expect(Format.rate(41_200).string == "41.2k/s")
        #expect(Format.byteRate(.nan).string == "--")
    }

    @Test(arguments: [
        (0, 0, "1970-01-01 00:00:00Z"), (1_785_594_727_000, 7200, "2026-08-01 16:32:07+02:00"),
        (951_782_400_000, 0, "2000-02-29 00:00:00Z"), (-1000, 0, "1969-12-31 23:59:59Z"),
        (1_709_164_800_000, -12_600, "2024-02-28 20:30:00-03:30"),
    ])
    func `print moments in a zone`(milliseconds: Int64, offset: Int, text: String) {
        #expect(Format.dateTime(milliseconds: milliseconds, offsetSeconds: offset).string == text)
    }

    @Test(arguments: [Int64.min, Int64.max])
    func `print the ends of time without a trap`(milliseconds: Int64) {
        #expect(!Format.dateTime(milliseconds: milliseconds, offsetSeconds: .max).isEmpty)
    }

    @Test func `print the time of day, marked when it is UTC`() {
        #expect(
            Format.clock(milliseconds: 52_327_000, offsetSeconds: 0, marksUTC: true).string == "14:32:07Z")
        #expect(
            Format.clock(milliseconds: 52_327_000, offsetSeconds: 3600, marksUTC: true).string == "15:32:07")
        #expect(Format.clockMinute(milliseconds: 52_327_000, offsetSeconds: 0).string == "14:32")
    }
}
