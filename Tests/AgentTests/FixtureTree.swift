import Agent
import Foundation
import Telemetry
import TestSupport

/// Folders for the probes to look into: a copy of a recorded /proc, and a /sys made from a tree file or from text.
final class FixtureTree {
    private let folder: TemporaryFolder
    let paths: AgentPaths

    /// Both are empty at first.
    init() throws {
        folder = try TemporaryFolder()
        paths = AgentPaths(
            procfs: folder.url.appending(path: "proc").path, sysfs: folder.url.appending(path: "sys").path)
        for path in [paths.procfs, paths.sysfs] {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        }
    }

    /// A copy of Tests/Fixtures/procfs/`procfs` and of Tests/Fixtures/sysfs/`sysfs`.tree.
    convenience init(procfs: String, sysfs: String) throws {
        try self.init()
        try FileManager.default.removeItem(atPath: paths.procfs)
        try FileManager.default.copyItem(
            at: Repository.root.appending(path: "Tests/Fixtures/procfs/\(procfs)"),
            to: URL(filePath: paths.procfs))
        try addSys(try Repository.text("Tests/Fixtures/sysfs/\(sysfs).tree"))
    }

    /// Lines `path: content` (`\n` is a new line) and `path -> target`.
    func addSys(_ tree: String) throws {
        for line in tree.split(separator: "\n") where !line.hasPrefix("#") {
            if let arrow = line.range(of: " -> ") {
                let url = URL(filePath: paths.sys(String(line[..<arrow.lowerBound])))
                try Self.makeFolder(for: url)
                try FileManager.default.createSymbolicLink(
                    atPath: url.path, withDestinationPath: String(line[arrow.upperBound...]))
            } else if let colon = line.range(of: ": ") {
                let content = line[colon.upperBound...].replacingOccurrences(of: "\\n", with: "\n")
                try writeSys(String(line[..<colon.lowerBound]), content + "\n")
            }
        }
    }

    func writeSys(_ path: String, _ content: String) throws {
        try Self.write(paths.sys(path), content)
    }

    func writeProc(_ path: String, _ content: String) throws {
        try Self.write(paths.proc(path), content)
    }

    func remove(_ path: String) throws {
        try FileManager.default.removeItem(atPath: path)
    }

    /// Every file of both trees.
    var files: [String] {
        let walker = FileManager.default.enumerator(atPath: folder.url.path)
        return (walker?.compactMap { $0 as? String } ?? []).sorted().map {
            folder.url.appending(path: $0).path
        }
        .filter {
            let attributes = try? FileManager.default.attributesOfItem(atPath: $0)
            return attributes?[.type] as? FileAttributeType == .typeRegular
        }
    }

    private static func write(_ path: String, _ content: String) throws {
        let url = URL(filePath: path)
        try makeFolder(for: url)
        // In place, so that a probe's open descriptor sees it, as with /proc.
        if let handle = FileHandle(forWritingAtPath: path) {
            try handle.truncate(atOffset: 0)
            try handle.write(contentsOf: Data(content.utf8))
            try handle.close()
        } else {
            try Data(content.utf8).write(to: url)
        }
    }

    private static func makeFolder(for url: URL) throws {
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    }
}
