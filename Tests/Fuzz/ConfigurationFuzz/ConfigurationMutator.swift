import TestSupport

/// Inputs for the seeded run: lines of an agent.conf with a few bytes changed, cut, doubled or moved.
struct ConfigurationMutator {
    private static let lines = [
        "[agent]", "name = web01.eu.example.net", "interval = 1m30s", "processes = 30",
        "command_lines = masked", "audit = none", "actions = no", "discover = no", "[record]",
        "path = /var/lib/martlet", "age = 1w1d", "size = 64MiB", "keep_free = 0.5%", "[log web]",
        "path = /var/log/nginx/*.log",
        "format = nginx:$remote_addr - $remote_user [$time_local] \"$request\" $status $request_time",
        "format = apache:%h %l %u %t \\\"%r\\\" %>s %b %D",
        "format = haproxy:%ci:%cp [%t] %ft %ST %Ta %{+Q}r",
        "format = gunicorn:%(h)s %(t)s \"%(r)s\" %(s)s %(L)s", "format = json:duration=ms,status=code",
        "service = web", "route = /items/:id", "ignore = * /health*", "slow = 800ms", "start = beginning",
        "zone = +02:00", "zone = Europe/Berlin", "optional = yes",
        "pattern = {time} {level} [{_}] {method} {path} -> {status} in {duration_ms} ms",
        "pattern = {time} {level} {message}", "match.pool-empty = pool # empty", "[log worker]",
        "journal = worker.service", "[probe web]", "http = http://127.0.0.1/", "expect = 2xx, 301-303",
        "version = json a.b", "header = Host: x", "tls = x:443", "run = /bin/x 'a b' \"c \\\"d\\\"\" {{}}",
        "[action deploy]", "about = x", "run = /bin/x {version} --mode={mode}", "param.version = version",
        "param.mode = choice fast|safe default safe", "danger = destroy", "expects = reboot", "# a comment",
        "; another", "", "=", "[", "[log", "[log a b]", "x", "key =",
    ]

    private var random: SeededRandom

    init(seed: UInt64) {
        random = SeededRandom(seed: seed)
    }

    mutating func next() -> [UInt8] {
        var bytes: [UInt8] = []
        // A stretch of lines as they belong together, then any.
        let start = Int.random(in: 0..<Self.lines.count, using: &random)
        for line in Self.lines[start..<min(Self.lines.count, start + 6)] {
            bytes += Array(line.utf8) + [0x0A]
        }
        if Bool.random(using: &random) { return bytes }
        for _ in 0..<Int.random(in: 0...4, using: &random) {
            bytes += Array((Self.lines.randomElement(using: &random) ?? "").utf8) + [0x0A]
        }
        for _ in 0..<Int.random(in: 0...3, using: &random) { mutate(&bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8]) {
        guard !bytes.isEmpty else { return }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<6, using: &random) {
        case 0: bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1:
            bytes[place] =
                [0, 0x0A, 0x3D, 0x5B, 0x5D, 0x7B, 0x7D, 0x25, 0x24, 0xFF].randomElement(using: &random) ?? 0
        case 2: bytes.removeSubrange(place..<min(bytes.count, place + 5))
        case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 9)], at: place)
        case 4: bytes.insert(contentsOf: [UInt8](repeating: 0x39, count: 40), at: place)
        default: bytes.removeSubrange(place...)
        }
    }
}
