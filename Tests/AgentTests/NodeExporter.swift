import Foundation
import Glibc
import TestSupport

/// Debian's prometheus-node-exporter on a free loopback port, for as long as this object lives.
final class NodeExporter {
    static let program = Program.find("prometheus-node-exporter")

    private let process = Process()
    private let port: UInt16

    init(_ arguments: [String]) throws {
        port = try Self.freePort()
        process.executableURL = URL(filePath: Self.program ?? "")
        process.arguments = ["--web.listen-address=127.0.0.1:\(port)"] + arguments
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    /// Whether it answers by now.
    func isUp() -> Bool {
        Eventually.holds { (try? get("/metrics"))?.contains("# TYPE") == true }
    }

    func scrape() throws -> PromText {
        PromText(try get("/metrics"))
    }

    private struct Refused: Error {}

    /// HTTP/1.0: the body ends where the connection does.
    private func get(_ path: String) throws -> String {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        guard Self.withAddress(port, { connect(descriptor, $0, $1) }) == 0 else { throw Refused() }
        let request = Array("GET \(path) HTTP/1.0\r\n\r\n".utf8)
        guard write(descriptor, request, request.count) == request.count else { throw Refused() }
        var answer: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { break }
            answer += buffer[..<count]
        }
        let text = String(decoding: answer, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { throw Refused() }
        return String(text[end.upperBound...])
    }

    private static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        guard withAddress(0, { bind(descriptor, $0, $1) }) == 0 else { throw Refused() }
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let result = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard result == 0 else { throw Refused() }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func withAddress(
        _ port: UInt16, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}

/// A text exposition taken apart: an empty label is no label, and their order means nothing.
struct PromText {
    private(set) var types: [String: String] = [:]
    private(set) var samples: [String: Double] = [:]

    init(_ text: String) {
        for line in text.split(separator: "\n") {
            if line.hasPrefix("# TYPE ") {
                let words = line.split(separator: " ")
                types[String(words[2])] = String(words[3])
            } else if !line.hasPrefix("#"), let space = line.lastIndex(of: " ") {
                samples[Self.canonical(line[..<space])] = Double(line[line.index(after: space)...]) ?? .nan
            }
        }
    }

    static func name(_ series: String) -> String {
        String(series.prefix { $0 != "{" })
    }

    private static func canonical(_ series: Substring) -> String {
        guard let brace = series.firstIndex(of: "{") else { return String(series) }
        var labels: [String] = []
        var label = ""
        var isQuoted = false
        var isEscaped = false
        for character in series[series.index(after: brace)...].dropLast() {
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && !isEscaped
            if character == ",", !isQuoted {
                labels.append(label)
                label = ""
            } else {
                label.append(character)
            }
        }
        labels.append(label)
        return
            "\(series[..<brace]){\(labels.filter { !$0.hasSuffix("=\"\"") }.sorted().joined(separator: ","))}"
    }
}
