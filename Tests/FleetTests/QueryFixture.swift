import Fleet

/// A row whose attributes and values a test types.
struct TypedRow: QueryRow {
    var attributes: [String: [String]] = [:]
    var values: [String: Double] = [:]
    var words: [String] = []

    func values(of attribute: String) -> [String] {
        attributes[attribute] ?? []
    }

    func value(of signal: String, statistic: Statistic?, windowSeconds: Int64?) -> Double? {
        var name = signal
        if let statistic { name += ".\(statistic.rawValue)" }
        if let windowSeconds { name += "(\(windowSeconds))" }
        return values[name]
    }

    static let web = TypedRow(
        attributes: [
            "host": ["web1.eu.example.net"], "group": ["web", "eu"], "role": ["web"], "env": ["prod"],
            "service": ["my shop"],
        ],
        values: [
            "cpu": 0.7, "cpu.p95(300)": 0.95, "memory.available": 1.5 * 1_073_741_824, "load.1": 4,
            "net.receive": 12e6, "host.uptime": 540, "temperature": 86, "swap.rate": 0.4, "cpu.steal": .nan,
            "unit.failed": 1,
        ])

    static let process = TypedRow(
        attributes: ["host": ["web1"], "user": ["root"], "pid": ["812"], "command": ["nginx"], "unit": []],
        values: ["memory": 64 * 1_048_576, "threads": 4],
        words: ["nginx: worker process -c /etc/nginx/nginx.conf", "größe.py"])
}
