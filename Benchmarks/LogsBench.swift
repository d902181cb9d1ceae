import Foundation

/// How fast a finished log is read: `martlet-agent logs` on a gigabyte, beside what others use for it.
///
/// Peers count less than we do (named with each) and those that are slow get a shorter log of the same kind; a rate does
/// not know the length.
struct LogsBench {
    let agent: String
    private let folder = FileManager.default.temporaryDirectory.appending(
        path: "martlet-logs-\(UUID().uuidString)"
    ).path

    private static let megabyte = 1_000_000
    private static let runs = 3

    init(agent: String) {
        self.agent = agent
    }

    func rows() throws -> [Row] {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try text() + json()
    }

    private func text() throws -> [Row] {
        let what = "log read, nginx combined with times"
        var rows = try ours(what, .timed, goal: 1500)
        let awk = "{n[$9]++; s+=$(NF-1)} END{for(k in n) print k,n[k]; print s}"
        let short = try log(.timed, megabytes: 200)
        let shorter = try log(.timed, megabytes: 40)
        rows += try peer(what, "mawk, counts by status alone", ["mawk", awk, short])
        rows += try peer(what, "gawk, counts by status alone", ["gawk", awk, short])
        rows += try peer(
            what, "goaccess",
            goaccess("%h %^ %e [%d:%t %^] \"%r\" %s %b \"%R\" \"%u\" %T %^", "%d/%b/%Y", shorter))
        rows += try peer(
            what, "mtail",
            [
                "mtail", "--one_shot", "--logtostderr", "--progs", try Self.mtailProgram(in: folder),
                "--logs", shorter,
            ])
        return rows
    }

    private func json() throws -> [Row] {
        let what = "log read, JSON lines"
        var rows = try ours(what, .json, goal: 600)
        let shorter = try log(.json, megabytes: 40)
        rows += try peer(what, "jq, status alone", ["jq", "-r", ".status", shorter])
        let format = """
            {"time":"%dT%t+00:00","remote_addr":"%h","method":"%m","uri":"%U","status":"%s",\
            "body_bytes_sent":"%b","referer":"%R","user_agent":"%u","request_time":"%T",\
            "upstream_response_time":"%^"}
            """
        rows += try peer(what, "goaccess", goaccess(format, "%Y-%m-%d", shorter))
        return rows
    }

    /// A gigabyte through `martlet-agent logs`, its counts held against what was written.
    private func ours(_ what: String, _ shape: AccessLog.Shape, goal: Double) throws -> [Row] {
        let path = "\(folder)/whole.log"
        let truth = try AccessLog.write(1000 * Self.megabyte, of: shape, to: path)
        defer { try? FileManager.default.removeItem(atPath: path) }
        var rates: [Double] = []
        var peak = 0.0
        var wrong = 0
        for _ in 0..<Self.runs {
            guard let run = try FinishedRun([agent, "logs", path, "--output", "json"]), run.status == 0 else {
                throw BenchError("\(agent) logs failed on \(path)")
            }
            rates.append(Double(truth.bytes) / 1e6 / run.cpuSeconds)
            peak = max(peak, run.peakMiB)
            wrong = max(wrong, Self.difference(run.output, truth))
        }
        return [
            Row(what, "martlet-agent logs", "MB/CPU s", median(rates), atLeast: goal),
            Row("\(what), peak memory", "martlet-agent logs", "MiB", peak, goal: 16),
            Row("\(what), requests miscounted by status", "martlet-agent logs", "", Double(wrong), goal: 0),
        ]
    }

    /// How many requests the report has too many or too few, over all statuses.
    private static func difference(_ report: Data, _ truth: AccessLog.Truth) -> Int {
        guard let object = try? JSONSerialization.jsonObject(with: report) as? [String: Any],
            let byStatus = object["by_status"] as? [String: Int]
        else { return truth.lines }
        return truth.byStatus.indices.reduce(0) { $0 + abs(truth.byStatus[$1] - (byStatus["\($1)"] ?? 0)) }
    }

    private func peer(_ what: String, _ who: String, _ arguments: [String]) throws -> [Row] {
        guard let path = arguments.first(where: { $0.hasPrefix(folder) && $0.hasSuffix(".log") }),
            let size = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int,
            let run = try FinishedRun(arguments), run.status == 0
        else { return [] }
        return [
            Row(what, who, "MB/CPU s", Double(size) / 1e6 / run.cpuSeconds),
            Row("\(what), peak memory", who, "MiB", run.peakMiB),
        ]
    }

    private func log(_ shape: AccessLog.Shape, megabytes: Int) throws -> String {
        let path = "\(folder)/\(shape)-\(megabytes).log"
        _ = try AccessLog.write(megabytes * Self.megabyte, of: shape, to: path)
        return path
    }

    private func goaccess(_ format: String, _ date: String, _ path: String) -> [String] {
        [
            "goaccess", path, "--no-global-config", "--no-progress", "--date-format=\(date)",
            "--time-format=%T",
            "--log-format=\(format)", "-o", "\(folder)/goaccess.json",
        ]
    }

    /// Counts by status and a histogram of request times, as mtail's own examples do.
    static func mtailProgram(in folder: String) throws -> String {
        let path = "\(folder)/requests.mtail"
        try #"""
        counter requests by status
        histogram request_time buckets 0, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10
        /" (?P<status>\d{3}) \d+ "[^"]*" "[^"]*" (?P<time>\d+\.\d+) / {
          requests[$status]++
          request_time = $time
        }

        """#.write(toFile: path, atomically: false, encoding: .utf8)
        return path
    }
}
