package import Fleet
import Foundation
import Glibc

/// Reads a file of the configuration folder, and refuses one that somebody else could have written.
package enum ConfigurationFile {
    /// What a person writes is smaller.
    package static let bytesMax = 1 << 20

    /// The tree of `path`; nil where there is no such file.
    package static func load(_ path: String) throws(ConfigurationError) -> ConfigurationNode? {
        guard let text = try text(of: path) else { return nil }
        return try StrictYAML.parse(text, file: path)
    }

    /// The file's text; nil where there is none.
    package static func text(of path: String) throws(ConfigurationError) -> String? {
        let whole = Place(file: path)
        let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            let reason = errno
            if reason == ENOENT { return nil }
            throw ConfigurationError(
                whole, "\(String(cString: strerror(reason))); make it readable, or take it away")
        }
        defer { close(descriptor) }
        if let fault = fault(of: path, descriptor) { throw ConfigurationError(whole, fault) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while bytes.count <= bytesMax {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else {
                throw ConfigurationError(whole, "cannot be read: \(String(cString: strerror(errno)))")
            }
            if count == 0 { break }
            bytes += buffer[..<count]
        }
        guard bytes.count <= bytesMax else {
            throw ConfigurationError(whole, "more than 1 MiB: this is not a file of Martlet")
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw ConfigurationError(whole, "is not UTF-8 text; save it as UTF-8")
        }
        return text
    }

    /// Why the file is not to be trusted: it, or a folder above it, may be written by somebody else.
    private static func fault(of path: String, _ descriptor: Int32) -> String? {
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { return "cannot be looked at" }
        guard facts.st_mode & S_IFMT == S_IFREG else { return "is no file; put a file there" }
        if let fault = fault(facts, path) { return fault }
        var folder = URL(filePath: path).standardizedFileURL.deletingLastPathComponent()
        while true {
            guard stat(folder.path, &facts) == 0 else { return nil }
            // In a folder with the sticky bit nobody can replace what is not theirs.
            if facts.st_mode & S_ISVTX == 0, let fault = fault(facts, folder.path) {
                return "\(folder.path) \(fault)"
            }
            let above = folder.deletingLastPathComponent()
            guard folder.path != "/", above.path != folder.path else { return nil }
            folder = above
        }
    }

    private static func fault(_ facts: stat, _ path: String) -> String? {
        if facts.st_uid != 0, facts.st_uid != geteuid() {
            return "belongs to another user; run chown root \(path)"
        }
        guard facts.st_mode & (S_IWGRP | S_IWOTH) != 0 else { return nil }
        return "may be written by others; run chmod go-w \(path)"
    }
}
