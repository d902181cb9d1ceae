import Fleet
import Telemetry
import Text

/// One list of hosts after another as text: each host when it is there first, when its link, its agent or what is said of it
/// changes, and when it is gone.
struct HostPrinter {
    let format: ListFormat
    /// By name, what was printed last.
    private var known: [String: [String]] = [:]
    private var wasTitled = false

    init(format: ListFormat) {
        self.format = format
    }

    mutating func text(of hosts: [HostSummary], at now: Timestamp) throws -> String {
        var changed: [[String]] = []
        for host in hosts {
            // What is tried again and fails as before is no news.
            if host.state == .connecting, let before = known[host.host], before[1] != "connecting",
                before[1] != "live"
            {
                continue
            }
            let row = [
                host.host, host.stateWord, host.agentVersion.isEmpty ? "-" : host.agentVersion,
                host.groupWords, host.tagWords, host.source, host.state.reason ?? "-",
            ]
            let before = known.updateValue(row, forKey: host.host)
            if before.map(told) != told(row) { changed.append(row) }
        }
        let names = Set(hosts.map(\.host))
        for name in known.keys.sorted() where !names.contains(name) {
            guard var row = known.removeValue(forKey: name) else { continue }
            (row[1], row[row.count - 1]) = ("gone", "-")
            changed.append(row)
        }
        return try text(changed, at: AlertText.time(now))
    }

    /// As much of a row as is printed.
    private func told(_ row: [String]) -> [String] {
        format == .table ? [row[1], row[row.count - 1]] : row
    }

    private mutating func text(_ rows: [[String]], at time: String) throws -> String {
        guard !rows.isEmpty || !wasTitled else { return "" }
        defer { wasTitled = true }
        if format == .table {
            return rows.map { row in
                let reason = row.last == "-" ? "" : "  \(row[row.count - 1])"
                return SafeText("\(time) \(row[0]) \(row[1])\(reason)").string + "\n"
            }.joined()
        }
        var report = ListReport("at", "host", "state", "agent", "groups", "tags", "source", "reason")
        for row in rows { report.add([time] + row) }
        // What has no end is no one list.
        let text = try report.text(as: format == .json ? .jsonl : format)
        return format == .csv && wasTitled ? String(text.drop { !$0.isNewline }.dropFirst()) : text
    }
}
