import Foundation
import Glibc
import TestSupport

/// A real nginx on a free port of the loopback, with its logs and its pid in a folder of the test's own.
final class Nginx {
    let logPath: String
    let port: UInt16
    private let process: Process

    /// nil where nginx is not installed; the caller says so and skips. Its processes bear the `name`, which tells them from
    /// others of this machine. What it serves as `/shop` comes from a server on the port `backend`.
    init?(in world: TemporaryFolder, named name: String? = nil, backend: UInt16 = 9) throws {
        guard var program = Program.find("nginx") ?? Program.find("/usr/sbin/nginx") else { return nil }
        let root = world.url.appending(path: "nginx")
        try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
        if let name {
            let copy = root.appending(path: name).path
            try FileManager.default.copyItem(atPath: program, toPath: copy)
            program = copy
        }
        port = try Loopback.freePort()
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
                    location /shop { proxy_pass http://127.0.0.1:\(backend); }
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
        guard Eventually.holds(within: 30, { Loopback.answers(port) }) else {
            process.terminate()
            throw POSIXError(.ECONNREFUSED)
        }
    }

    deinit {
        process.terminate()
        process.waitUntilExit()
    }

    /// Asks for each path once, one after the other; the statuses that came.
    func ask(_ paths: [String]) throws -> [Int] { try Loopback.ask(port, paths) }

    /// What logrotate does: another name for the log, and the signal after which nginx opens a new one.
    func rotate() throws {
        try FileManager.default.moveItem(atPath: logPath, toPath: logPath + ".1")
        kill(process.processIdentifier, SIGUSR1)
        guard Eventually.holds(within: 30, { FileManager.default.fileExists(atPath: logPath) }) else {
            throw POSIXError(.ENOENT)
        }
    }
}
