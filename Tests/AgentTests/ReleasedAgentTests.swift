import Foundation
import TestSupport
import Testing

/// What `make agent` leaves: the program that goes onto other people's servers.
@Suite(.enabled(if: Program.releaseAgent != nil, "bin/martlet-agent is not there: make agent"))
struct `The released agent` {
    private static let bytesMax = 9_000_000
    private static let anonymousKilobytesMax = 1228
    /// With up to 0.9 MiB that the kernel maps around what was touched, as its page cache happens to hold the file;
    /// the benchmark has the figure of a quiet machine.
    private static let residentKilobytesMax = 5376

    /// One call of a method that searches for text links the regular expression engine: a megabyte.
    @Test func `is at most nine megabytes`() throws {
        let agent = try #require(Program.releaseAgent)
        let attributes = try FileManager.default.attributesOfItem(atPath: agent)
        let bytes = try #require(attributes[.size] as? Int)
        #expect(bytes <= Self.bytesMax)
    }

    @Test func `keeps little memory once it is warm`() throws {
        let process = Process()
        process.executableURL = URL(filePath: try #require(Program.releaseAgent))
        process.arguments = ["stream", "--processes", "0", "--text", "--no-discover"]
        let (input, output) = (Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        defer {
            process.terminate()
            process.waitUntilExit()
        }
        // Thirteen ticks: all tiers but the slowest were read twice, and what only the start needed is given back.
        var text = ""
        while !text.contains(" tick 13 ") {
            let data = output.fileHandleForReading.availableData
            try #require(!data.isEmpty)
            text += String(decoding: data, as: UTF8.self)
        }
        let status = try String(contentsOfFile: "/proc/\(process.processIdentifier)/status", encoding: .utf8)
        func kilobytes(_ name: String) throws -> Int {
            let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("\(name):") })
            return try #require(
                line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Int($0) })
        }
        let (anonymous, resident) = (try kilobytes("RssAnon"), try kilobytes("VmRSS"))
        #expect(anonymous <= Self.anonymousKilobytesMax)
        #expect(resident <= Self.residentKilobytesMax)
    }

    /// Rates need two readings; whoever opens a screen does not wait for the second that comes.
    @Test func `reads a second time at once, unless a whole second is as near`() throws {
        let agent = try #require(Program.releaseAgent)
        // A machine that is kept from running this for half a second tells nothing: it may try again.
        for _ in 0..<8 {
            // An empty input would end it before its second reading.
            let command = "exec '\(agent)' stream --processes 0 --text --ticks 2 </dev/null"
            let text = try Program.run("/bin/sh", ["-c", command]).output
            let times = text.split(separator: "\n").filter { $0.contains(" tick ") }
                .compactMap { line in Int(line.prefix { $0 != "Z" }.filter { $0.isNumber }.suffix(5)) }
            try #require(times.count == 2)
            // Milliseconds in the minute; a tick of the timer is at a whole second.
            guard times[0] % 1000 < 500 else { continue }
            #expect(times[1] % 1000 >= 100, "ticks at \(times)")
            return
        }
    }
}
