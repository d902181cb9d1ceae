import Foundation

// usage: martlet-bench [--programs FOLDER] [--seconds N] [agent] [dashboard] [fleet]
// Measures the programs in FOLDER (default bin) beside the peers that are installed, prints a table,
// and writes it to Benchmarks/Results with the machine's name and the commit.

var folder = "bin"
var seconds = 10.0
var parts: Set<String> = []
var words = CommandLine.arguments.dropFirst().makeIterator()
while let word = words.next() {
    switch word {
    case "--programs": folder = words.next() ?? folder
    case "--seconds": seconds = words.next().flatMap { Double($0) } ?? seconds
    case "agent", "dashboard", "fleet": parts.insert(word)
    default:
        print(
            "martlet-bench: unknown word \(word); usage: martlet-bench [--programs FOLDER] [--seconds N] [agent] [dashboard] [fleet]"
        )
        exit(64)
    }
}
if parts.isEmpty { parts = ["agent", "dashboard", "fleet"] }

let started = Date()
var rows: [Row] = []
do {
    if parts.contains("agent") {
        rows += try AgentBench(agent: "\(folder)/martlet-agent", windowSeconds: seconds).rows()
    }
    if parts.contains("dashboard") {
        rows += try DashboardBench(martlet: "\(folder)/martlet", windowSeconds: seconds).rows()
    }
    if parts.contains("fleet") {
        rows += FleetBench().rows()
    }
} catch {
    print("martlet-bench: \(error)")
    exit(1)
}
let report = Report(rows: rows, started: started)
print(report.table)
if let written = report.write() { print("\nwritten to \(written)") }
