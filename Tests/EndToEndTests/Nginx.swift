import Foundation
import Glibc
import TestSupport

/// A real nginx on a free port of the loopback, with its logs and its pid in a folder of the test's own.
final class Nginx {
    let logPath: String
    private let port: UInt16
    private let process: Process

    /// nil where nginx is not installed; the caller says so and skips. Its processes bear the `name`, which tells them from
    /// others of this machine.
    init?(in world: TemporaryFolder, named name: String? = nil) throws {
        guard var program = Program.find("nginx") ?? Program.find("/usr/sbin/nginx") else { return nil }
        let root = world.url.appending(path: "nginx")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        if let name {
            let copy = root.appending(path: name).path
            try FileManager.default.copyItem(atPath: program, toPath: copy)
            program = copy
        }
        port = try Self.freePort()
        logPath = root.appending(path: "access.log").path
        let folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(root.path)/\($0);" }.joined(separator: " ")
        let configuration = """
            daemon off; master_process on; worker_processes 1; user root;
            pid \(root.path)/nginx.pid; error_log \(root.path)/error.log;
            events { worker_connections 64; }
            http {
                \(folders)
                log_format timed '$remote_addr - $remote_user [$time_local] "$request" $status '
                    '$body_bytes_sent "$http_referer" "$http_user_agent" $request_time';
                access_log \(logPath) timed;
                keepalive_requests 10000;
                server {
                    listen 127.0.0.1:\(port);
                    location /items/ { return 200 "item\\n"; }
                    location /fail { return 500; }
                }
            }

            """
        let file = root.appending(path: "nginx.conf")
        try configuration.write(to: file, atomically: true, encoding: .utf8)
        process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = ["-p", root.path, "-c", file.path, "-e", root.appending(path: "error.log").path]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        guard Eventually.holds(within: 10, { (try? connected()).map { close($0) == 0 } ?? false }) else {
            process.terminate()
            throw POSIXError(.ECONNREFUSED)
        }
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    /// Asks for each path once, one after the other; the statuses that came.
    func ask(_ paths: [String]) throws -> [Int] {
        try paths.map { path in
            // nginx closes a connection after a 500, so each request has its own.
            let socket = try connected()
            defer { close(socket) }
            let request = Array("GET \(path) HTTP/1.0\r\nHost: shop\r\nUser-Agent: test\r\n\r\n".utf8)
            guard write(socket, request, request.count) == request.count else { throw POSIXError(.EPIPE) }
            return try status(socket)
        }
    }

    /// What logrotate does: another name for the log, and the signal after which nginx opens a new one.
    func rotate() throws {
        try FileManager.default.moveItem(atPath: logPath, toPath: logPath + ".1")
        kill(process.processIdentifier, SIGUSR1)
        guard Eventually.holds(within: 10, { FileManager.default.fileExists(atPath: logPath) }) else {
            throw POSIXError(.ENOENT)
        }
    }

    /// Reads an answer to the end of its connection; its status.
    private func status(_ socket: Int32) throws -> Int {
        var text = ""
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(socket, &buffer, buffer.count)
            guard count > 0 else { break }
            text += String(decoding: buffer[..<count], as: UTF8.self)
        }
        guard let status = text.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
            throw POSIXError(.ECONNRESET)
        }
        return status
    }

    private func connected() throws -> Int32 {
        let socket = try Self.socket()
        var address = Self.loopback(port)
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
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { throw POSIXError(.EMFILE) }
        return socket
    }

    private static func loopback(_ port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func freePort() throws -> UInt16 {
        let socket = try Self.socket()
        defer { close(socket) }
        var address = loopback(0)
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let status = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 ? getsockname(socket, $0, &size) : -1
            }
        }
        guard status == 0 else { throw POSIXError(.EADDRINUSE) }
        return UInt16(bigEndian: address.sin_port)
    }
}
