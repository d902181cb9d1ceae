import Foundation

// usage: martlet-bench [--programs FOLDER] [--seconds N] [wire] [tick] [agent] [logs] [tail] [actions] [rules] [alerts] [dashboard] [start] [ssh] [orders] [fleet]
// Measures the programs in FOLDER (default bin) beside the peers that are installed, and the libraries in this
// process; prints a table and, when all parts were measured, writes it to Benchmarks/Results.

Child.endAllWithThisProgram()
do {
    let plan = try BenchPlan(CommandLine.arguments.dropFirst())
    let started = Date()
    let (measured, load) = ProcessTree.loadShare { plan.rows() }
    let report = Report(rows: measured.rows, started: started, load: load)
    print(report.table)
    guard measured.failed.isEmpty else { exit(1) }
    if plan.isWhole, let written = report.write() { print("\nwritten to \(written)") }
} catch {
    FileHandle.standardError.write(Data("martlet-bench: \(error)\n".utf8))
    exit(1)
}
