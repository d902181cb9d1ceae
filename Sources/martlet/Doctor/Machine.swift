import Foundation
import Glibc
import Hub
import HubClient

/// What `martlet doctor` may ask of a machine; the tests' machine is typed, the real one is below.
protocol Machine {
    func variable(_ name: String) -> String?
    /// The first 64 KiB of a file, or nil where it cannot be read.
    func text(_ path: String) -> String?
    func exists(_ path: String) -> Bool
    func isReadable(_ path: String) -> Bool
    func isWritable(_ path: String) -> Bool
    /// The full path of a program on PATH.
    func program(_ name: String) -> String?
    var userID: UInt32 { get }
    var groupIDs: [UInt32] { get }
    /// Columns and rows of the terminal on standard output, or nil where it is none.
    var terminalSize: (columns: Int, rows: Int)? { get }
    var executableFolder: String { get }
    /// Where a hub answers, of the usual places; nil where none runs.
    var hubSocket: String? { get }
}

/// This machine, as the process sees it.
struct ThisMachine: Machine {
    /// The kernel's own name for this machine, under which the hub lists it.
    static var hostName: String { SourceCommand.localName }

    func variable(_ name: String) -> String? {
        guard let value = ProcessInfo.processInfo.environment[name], !value.isEmpty else { return nil }
        return value
    }

    func text(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: 65_536)
        else {
            return nil
        }
        return String(decoding: data, as: UTF8.self)
    }

    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
    func isReadable(_ path: String) -> Bool { access(path, R_OK) == 0 }
    func isWritable(_ path: String) -> Bool { access(path, W_OK) == 0 }

    func program(_ name: String) -> String? {
        (variable("PATH") ?? "/usr/bin:/bin").split(separator: ":")
            .map { "\($0)/\(name)" }
            .first { access($0, X_OK) == 0 }
    }

    var userID: UInt32 { geteuid() }

    var groupIDs: [UInt32] {
        let count = getgroups(0, nil)
        guard count > 0 else { return [getegid()] }
        var groups = [gid_t](repeating: 0, count: Int(count))
        let filled = getgroups(count, &groups)
        return [getegid()] + groups.prefix(Int(max(0, filled)))
    }

    var hubSocket: String? {
        HubFolders.candidates().first { path in
            do throws(HubClientError) {
                try HubStarter.probe(path)
                return true
            } catch {
                // One that keeps this user out runs all the same.
                if case .forbidden = error { return true }
                return false
            }
        }
    }

    var terminalSize: (columns: Int, rows: Int)? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else {
            return nil
        }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    var executableFolder: String {
        let target = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return URL(filePath: target ?? CommandLine.arguments[0]).deletingLastPathComponent().path
    }
}
