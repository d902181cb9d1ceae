import Foundation
import Glibc
import Synchronization

/// Ports of 127.0.0.1, and a client for what listens there.
enum Loopback {
    private static let given = Mutex<Set<UInt16>>([])

    /// A port that was free a moment ago, and that no other test is given: below those that the kernel gives to connections,
    /// else one of these may have it before whom it is for.
    static func freePort() throws -> UInt16 {
        for _ in 0..<1000 {
            let port = UInt16.random(in: 15_000..<32_000)
            let isNew = given.withLock { $0.insert(port).inserted }
            if try isNew && isFree(port) { return port }
        }
        throw POSIXError(.EADDRINUSE)
    }

    private static func isFree(_ port: UInt16) throws -> Bool {
        let socket = try Self.socket()
        defer { close(socket) }
        var address = address(port)
        return withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
    }

    /// Whether somebody listens there.
    static func answers(_ port: UInt16) -> Bool {
        (try? connected(port)).map { close($0) == 0 } ?? false
    }

    /// Asks for each path once, one after the other; the statuses that came. Servers close a connection after a 500, so each
    /// request has its own.
    static func ask(_ port: UInt16, _ paths: [String]) throws -> [Int] {
        try paths.map { path in
            let answer = try send(
                port,
                Array(
                    ("GET \(path) HTTP/1.0\r\nHost: shop\r\nReferer: http://shop/a b\r\n"
                        + "User-Agent: a \"quoted\" test\r\n\r\n").utf8))
            guard let status = answer.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
                throw POSIXError(.ECONNRESET)
            }
            return status
        }
    }

    /// Sends `bytes` on a connection of its own and reads it to its end.
    @discardableResult
    static func send(_ port: UInt16, _ bytes: [UInt8]) throws -> String {
        let socket = try connected(port)
        defer { close(socket) }
        guard write(socket, bytes, bytes.count) == bytes.count else { throw POSIXError(.EPIPE) }
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(socket, &buffer, buffer.count)
            guard count > 0 else { return text }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
    }

    private static func connected(_ port: UInt16) throws -> Int32 {
        let socket = try Self.socket()
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var address = address(port)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            close(socket)
            throw POSIXError(.ECONNREFUSED)
        }
        return socket
    }

    private static func socket() throws -> Int32 {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { throw POSIXError(.EMFILE) }
        return socket
    }

    private static func address(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
