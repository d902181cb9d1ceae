import Foundation
import Glibc
import TestSupport

/// A synthetic access log, the same for the same seed: 400 routes of a Zipf distribution, some with ids and query
/// strings, log-normal durations per route, server errors in bursts, 60 user agents, addresses of the ranges kept for
/// documentation (RFC 5737).
struct AccessLog {
    enum Shape {
        /// nginx's combined format with `$request_time` and `$upstream_response_time` behind it.
        case timed
        /// The same as one JSON object a line.
        case json
    }

    /// What was written: the truth to hold a reader's counts against.
    struct Truth {
        var lines = 0
        var bytes = 0
        /// By status, 0...599.
        var byStatus = [Int](repeating: 0, count: 600)
    }

    let shape: Shape
    private(set) var truth = Truth()
    private var random: SeededRandom
    private let routes: [Route]
    private let routeShares: [Double]
    private let agents: [[UInt8]]
    private let referrers: [[UInt8]]
    private var second: Double
    private var stampedSecond = -1
    private var stamp: [UInt8] = []
    private var burst = 0

    private struct Route {
        var head: [UInt8]
        var tail: [UInt8]
        var hasIdentifier: Bool
        var method: StaticString
        var mu: Double
        var sigma: Double
    }

    /// `start`: seconds since 1970 of the first line; lines follow at 900 a second of their own time.
    init(_ shape: Shape, seed: UInt64 = 1, start: Double = 1_760_000_000) {
        self.shape = shape
        var random = SeededRandom(seed: seed)
        let nouns = ["users", "orders", "products", "carts", "sessions", "search", "images", "reports"]
        let parts = ["", "/items", "/history", "/status", "/export", "/members"]
        let methods: [StaticString] = ["GET", "GET", "GET", "POST", "PUT", "DELETE"]
        routes = (0..<400).map { place in
            let kind = Int.random(in: 0..<10, using: &random)
            let noun = nouns.randomElement(using: &random) ?? "users"
            let part = parts.randomElement(using: &random) ?? ""
            let mu = log(0.004 * exp(2.2 * Double.random(in: 0..<1, using: &random)))
            let sigma = 0.6 + 0.5 * Double.random(in: 0..<1, using: &random)
            if kind < 2 {
                let name =
                    "/static/js/app.\(String(UInt32.random(in: 0 ... .max, using: &random), radix: 16)).js"
                return Route(
                    head: Array(name.utf8), tail: [], hasIdentifier: false, method: "GET", mu: log(0.0008),
                    sigma: 0.5)
            }
            return Route(
                head: Array("/api/v\(place % 2 + 1)/\(noun)/".utf8),
                tail: Array((kind < 7 ? part : "\(part)?page=2&sort=-created").utf8), hasIdentifier: true,
                method: methods.randomElement(using: &random) ?? "GET", mu: mu, sigma: sigma)
        }
        var sum = 0.0
        let shares = (0..<400).map { place in
            sum += pow(Double(place + 1), -1.1)
            return sum
        }
        routeShares = shares.map { $0 / sum }
        agents = (0..<60).map { place in
            let version = 90 + place
            let text =
                place % 3 == 0
                ? "okhttp/4.\(place).1"
                : "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/\(version).0.0.0 Safari/537.36"
            return Array(text.utf8)
        }
        referrers = (0..<40).map {
            $0 % 2 == 0 ? [0x2D] : Array("https://shop.example.com/\(nouns[$0 % 8])/\($0)".utf8)
        }
        second = start
        self.random = random
    }

    /// Writes about `bytes` bytes to a new file at `path`.
    static func write(_ bytes: Int, of shape: Shape, to path: String, seed: UInt64 = 1) throws -> Truth {
        guard let file = fopen(path, "w") else {
            throw BenchError("\(path) cannot be written (errno \(errno))")
        }
        defer { fclose(file) }
        var log = AccessLog(shape, seed: seed)
        var buffer: [UInt8] = []
        while log.truth.bytes < bytes {
            buffer.removeAll(keepingCapacity: true)
            while buffer.count < 1 << 20 { log.append(to: &buffer) }
            guard fwrite(buffer, 1, buffer.count, file) == buffer.count else {
                throw BenchError("\(path) cannot be written (errno \(errno))")
            }
        }
        return log.truth
    }

    /// Adds the next line.
    mutating func append(to buffer: inout [UInt8]) {
        let before = buffer.count
        second += -log(Double.random(in: Double.leastNormalMagnitude..<1, using: &random)) / 900
        if Int(second) != stampedSecond { beginSecond() }
        let route = routes[pickRoute()]
        var duration = exp(route.mu + route.sigma * gauss())
        let status = pickStatus(&duration)
        let address = UInt32.random(in: 0..<762, using: &random)
        let size = status == 304 ? 0 : status >= 400 ? 170 : Int(exp(7.5 + 1.4 * gauss()))
        let agent = agents[Int(random.next() % 60)]
        let referrer = referrers[Int(random.next() % 40)]
        let milliseconds = Int(duration * 1000)
        switch shape {
        case .timed:
            append(address: address, to: &buffer)
            buffer += " - - [".utf8
            buffer += stamp
            buffer += "] \"".utf8
            append(route.method, to: &buffer)
            buffer.append(0x20)
            append(route, to: &buffer)
            buffer += " HTTP/1.1\" ".utf8
            append(status, to: &buffer)
            buffer.append(0x20)
            append(size, to: &buffer)
            buffer += " \"".utf8
            buffer += referrer
            buffer += "\" \"".utf8
            buffer += agent
            buffer += "\" ".utf8
            append(milliseconds: milliseconds, to: &buffer)
            buffer.append(0x20)
            append(milliseconds: milliseconds, to: &buffer)
            buffer.append(0x0A)
        case .json:
            buffer += "{\"time\":\"".utf8
            buffer += stamp
            buffer += "\",\"remote_addr\":\"".utf8
            append(address: address, to: &buffer)
            buffer += "\",\"method\":\"".utf8
            append(route.method, to: &buffer)
            buffer += "\",\"uri\":\"".utf8
            append(route, to: &buffer)
            buffer += "\",\"status\":".utf8
            append(status, to: &buffer)
            buffer += ",\"body_bytes_sent\":".utf8
            append(size, to: &buffer)
            buffer += ",\"referer\":\"".utf8
            buffer += referrer
            buffer += "\",\"user_agent\":\"".utf8
            buffer += agent
            buffer += "\",\"request_time\":".utf8
            append(milliseconds: milliseconds, to: &buffer)
            buffer += ",\"upstream_response_time\":\"".utf8
            append(milliseconds: milliseconds, to: &buffer)
            buffer += "\"}\n".utf8
        }
        truth.lines += 1
        truth.bytes += buffer.count - before
        truth.byStatus[status] += 1
    }

    private mutating func beginSecond() {
        stampedSecond = Int(second)
        var time = time_t(stampedSecond)
        var parts = tm()
        gmtime_r(&time, &parts)
        var text = [CChar](repeating: 0, count: 40)
        let pattern = shape == .timed ? "%d/%b/%Y:%H:%M:%S +0000" : "%Y-%m-%dT%H:%M:%S+00:00"
        let count = strftime(&text, text.count, pattern, &parts)
        stamp = text[..<count].map { UInt8(bitPattern: $0) }
        if burst > 0 {
            burst -= 1
        } else if Double.random(in: 0..<1, using: &random) < 0.004 {
            burst = Int.random(in: 5..<25, using: &random)
        }
    }

    private mutating func pickRoute() -> Int {
        let share = Double.random(in: 0..<1, using: &random)
        var low = 0
        var high = routeShares.count - 1
        while low < high {
            let middle = (low + high) / 2
            if routeShares[middle] < share { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func pickStatus(_ duration: inout Double) -> Int {
        let share = Double.random(in: 0..<1, using: &random)
        let failing = burst > 0 ? 0.18 : 0.0145
        if share < failing {
            if share > failing * 0.95 { duration = 30 }
            return share < failing / 2
                ? 502 : share < failing * 0.8 ? 500 : share <= failing * 0.95 ? 503 : 504
        }
        switch share - failing {
        case ..<0.03: return 404
        case ..<0.045: return 401
        case ..<0.06: return 429
        case ..<0.12: return 304
        default: return 200
        }
    }

    /// A standard normal deviate (Box and Muller, 1958).
    private mutating func gauss() -> Double {
        let first = Double.random(in: Double.leastNormalMagnitude..<1, using: &random)
        return (-2 * log(first)).squareRoot() * cos(2 * .pi * Double.random(in: 0..<1, using: &random))
    }

    private func append(address: UInt32, to buffer: inout [UInt8]) {
        let network: [StaticString] = ["192.0.2.", "198.51.100.", "203.0.113."]
        append(network[Int(address % 3)], to: &buffer)
        append(Int(address / 3), to: &buffer)
    }

    private mutating func append(_ route: Route, to buffer: inout [UInt8]) {
        buffer += route.head
        if route.hasIdentifier { append(Int.random(in: 1...90_000, using: &random), to: &buffer) }
        buffer += route.tail
    }

    private func append(_ text: StaticString, to buffer: inout [UInt8]) {
        text.withUTF8Buffer { buffer += $0 }
    }

    private func append(milliseconds: Int, to buffer: inout [UInt8]) {
        append(milliseconds / 1000, to: &buffer)
        buffer.append(0x2E)
        for unit in [100, 10, 1] { buffer.append(0x30 + UInt8(milliseconds / unit % 10)) }
    }

    private func append(_ number: Int, to buffer: inout [UInt8]) {
        var unit = 1
        while number / unit >= 10 { unit *= 10 }
        while unit > 0 {
            buffer.append(0x30 + UInt8(number / unit % 10))
            unit /= 10
        }
    }
}
