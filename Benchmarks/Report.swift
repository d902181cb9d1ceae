import Foundation

/// The rows as a table for people, on the terminal and in Benchmarks/Results.
struct Report {
    let rows: [Row]
    let started: Date
    /// Share of the machine's CPU time that was used while all was measured, by us and by others.
    let load: Double

    var table: String {
        let lines = [["what", "who", "value", "goal", ""]] + rows.map(cells)
        let widths = (0..<5).map { column in lines.map { $0[column].count }.max() ?? 0 }
        return lines.map { line in
            zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
                .joined(separator: "  ")
        }.joined(separator: "\n")
    }

    /// The same in Markdown, with what a reader must know of the machine.
    var markdown: String {
        let kind = Machine()
        let head = """
            # Figures of \(started.ISO8601Format().prefix(10))

            Martlet \(Self.commit) by `make bench`: \(kind.processor), \(kind.cores) cores, Linux \(kind.kernel), \
            \(kind.memoryGiB) GiB. The machine was \(Int((100 * load).rounded())) % busy meanwhile, with us and with \
            others; medians of windows, peers in the same run.

            | what | who | value | goal | |
            | --- | --- | --- | --- | --- |

            """
        return head + rows.map { "| \(cells($0).joined(separator: " | ")) |\n" }.joined()
    }

    /// Writes Benchmarks/Results/DATE-MACHINE.md where that folder is; returns the path.
    func write() -> String? {
        let folder = "Benchmarks/Results"
        guard FileManager.default.fileExists(atPath: folder) else { return nil }
        let path = "\(folder)/\(started.ISO8601Format().prefix(10))-\(Machine().kind).md"
        return (try? markdown.write(toFile: path, atomically: true, encoding: .utf8)).map { path }
    }

    private func cells(_ row: Row) -> [String] {
        [row.what, row.who, row.shown, row.shownGoal, row.verdict]
    }

    private static var commit: String {
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(filePath: "/usr/bin/git")
        process.arguments = ["describe", "--always", "--dirty"]
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return "of no known commit" }
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return text.trimmingCharacters(in: .newlines)
    }
}

/// What kind of machine this is, without its name.
struct Machine {
    let processor: String
    let cores: Int
    let kernel: String
    let memoryGiB: Int

    init() {
        let info = Self.text("/proc/cpuinfo")
        let model = info.split(separator: "\n").first { $0.hasPrefix("model name") }?
            .split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
        processor = model ?? "processor of no known name"
        cores = ProcessInfo.processInfo.activeProcessorCount
        kernel = Self.text("/proc/sys/kernel/osrelease").trimmingCharacters(in: .newlines)
        memoryGiB = Int((Double(ProcessInfo.processInfo.physicalMemory) / 1_073_741_824).rounded())
    }

    /// For a file's name: `amd-epyc-2-cores`.
    var kind: String {
        let words = processor.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }
        return (words.prefix(4).map(String.init) + ["\(cores)", "cores"]).joined(separator: "-")
    }

    private static func text(_ path: String) -> String {
        (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    }
}
