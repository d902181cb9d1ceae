import Foundation
import TestSupport

/// Debian's prometheus-node-exporter on a loopback port of its own, scraped once a second.
final class NodeExporter: Collector {
    let name = "node_exporter"
    let child: Child
    private let port: UInt16
    /// Bytes of the last scrape, its head included.
    private(set) var scrapeBytes = 0

    init() throws {
        guard let program = Program.find("prometheus-node-exporter") else {
            throw BenchError("node_exporter is not installed")
        }
        port = try Self.freePort()
        child = try Child([program, "--web.listen-address=127.0.0.1:\(port)", "--log.level=error"])
        let deadline = Child.now() + 5_000_000_000
        while (try? scrape()) == nil {
            guard Child.now() < deadline else { throw BenchError("node_exporter does not answer") }
            usleep(50_000)
        }
    }

    func sample(seconds: Double) -> Double {
        var scrapes = 0.0
        let began = Child.now()
        while Double(Child.now() - began) < seconds * 1e9 {
            if (try? scrape()) != nil { scrapes += 1 }
            usleep(1_000_000)
        }
        return scrapes
    }

    private func scrape() throws {
        let connection = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(connection) }
        var address = Self.loopback(port)
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(connection, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw BenchError("node_exporter refuses (errno \(errno))") }
        let request = Array("GET /metrics HTTP/1.0\r\n\r\n".utf8)
        guard send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
            throw BenchError("node_exporter does not read")
        }
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var total = 0
        while case let count = recv(connection, &buffer, buffer.count, 0), count > 0 { total += count }
        guard total > 1000 else { throw BenchError("node_exporter's answer is short") }
        scrapeBytes = total
    }

    static func freePort() throws -> UInt16 {
        let probe = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(probe) }
        var address = loopback(0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(probe, $0, length) == 0 && getsockname(probe, $0, &length) == 0
            }
        }
        guard bound else { throw BenchError("no free port (errno \(errno))") }
        return UInt16(bigEndian: address.sin_port)
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
