import Foundation

/// The rows as a table for people, and as tab-separated values for the record.
struct Report {
    let rows: [Row]
    let started: Date

    var table: String {
        let cells = [["what", "who", "value", "goal", ""]] + rows.map(cells)
        let widths = (0..<5).map { column in cells.map { $0[column].count }.max() ?? 0 }
        return cells.map { line in
            zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(
                separator: "  ")
        }.joined(separator: "\n")
    }

    /// Writes Benchmarks/Results/DATE.tsv where that folder is; returns the path.
    func write() -> String? {
        let folder = "Benchmarks/Results"
        guard FileManager.default.fileExists(atPath: folder) else { return nil }
        let path = "\(folder)/\(started.ISO8601Format().prefix(10)).tsv"
        let head = "# \(machine)\nwhat\twho\tvalue\tunit\tgoal\n"
        let body = rows.map { row in
            "\(row.what)\t\(row.who)\t\(row.value.short)\t\(row.unit)\t\(row.goal.map(\.short) ?? "")\n"
        }.joined()
        return (try? (head + body).write(toFile: path, atomically: true, encoding: .utf8)).map { path }
    }

    private func cells(_ row: Row) -> [String] {
        let unit = row.unit.isEmpty ? "" : " \(row.unit)"
        let goal = row.goal.map { "≤ \($0.short)\(unit)" } ?? ""
        return [
            row.what, row.who, row.value.isNaN ? "not measured" : row.value.short + unit, goal,
            row.value.isNaN ? "" : row.verdict,
        ]
    }

    private var machine: String {
        let model =
            (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8))?
            .split(separator: "\n").first { $0.hasPrefix("model name") }?.split(separator: ":").last ?? ""
        let kernel = (try? String(contentsOfFile: "/proc/sys/kernel/osrelease", encoding: .utf8)) ?? ""
        return [
            model.trimmingCharacters(in: .whitespaces),
            "\(ProcessInfo.processInfo.activeProcessorCount) cores",
            "Linux \(kernel.trimmingCharacters(in: .newlines))", started.ISO8601Format(), "commit \(commit)",
        ].joined(separator: ", ")
    }

    private var commit: String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/git")
        process.arguments = ["rev-parse", "--short", "HEAD"]
        process.standardOutput = pipe
        guard (try? process.run()) != nil else { return "unknown" }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.trimmingCharacters(in: .newlines)
    }
}
