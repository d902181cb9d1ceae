package import Telemetry
package import Text

/// How the process table writes its cells: figures that keep their width, and still where little changes.
package enum ProcessFormat {
    /// A share of one core in tenths of a percent below ten percent, in whole percents above: what the column
    /// shows, and so what it is sorted by.
    package static func cpuTenths(_ hundredths: Int32) -> Int32 {
        let tenths = hundredths / 10 + (hundredths % 10 >= 5 ? 1 : 0)
        return tenths < 100 ? tenths : tenths / 10 * 10
    }

    /// `0`, `4.1`, `97`, `812`.
    package static func cpu(_ hundredths: Int32) -> SafeText {
        let tenths = cpuTenths(max(0, hundredths))
        if tenths == 0 { return "0" }
        return Format.fixed(Double(tenths) / 10, places: tenths < 100 ? 1 : 0)
    }

    /// What was started, without the folder of its program: the arguments matter more than the path. Kernel
    /// threads, which have none, stand in brackets.
    package static func command(_ row: ProcessRow) -> String {
        guard !row.commandLine.isEmpty else { return "[\(row.command)]" }
        guard row.commandLine.utf8.first == UInt8(ascii: "/") else { return row.commandLine }
        let line = row.commandLine
        let end = line.utf8.firstIndex(of: UInt8(ascii: " ")) ?? line.endIndex
        guard let slash = line[..<end].utf8.lastIndex(of: UInt8(ascii: "/")),
            line.utf8.index(after: slash) < end
        else { return line }
        return String(line[line.utf8.index(after: slash)...])
    }

    /// The kernel's letter, `?` where it is none.
    package static func state(_ row: ProcessRow) -> SafeText {
        switch row.state {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"):
            SafeText(String(Unicode.Scalar(row.state)))
        default: "?"
        }
    }

    /// Minutes and seconds, hours from a hundred minutes on: `0:01`, `59:12`, `12h07`. No hundredths, which would
    /// change with every scan.
    package static func time(_ milliseconds: UInt64) -> SafeText {
        let seconds = milliseconds / 1000
        let minutes = seconds / 60
        func two(_ value: UInt64) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if minutes < 100 { return SafeText("\(minutes):\(two(seconds % 60))") }
        if minutes < 6000 { return SafeText("\(minutes / 60)h\(two(minutes % 60))") }
        return Format.age(Double(seconds))
    }
}
