package import Foundation

/// Whole screens and documents as files below Tests/Golden, compared line by line.
///
/// `MARTLET_GOLDEN=write swift test` rewrites them; the difference is then the commit's to explain.
package enum Golden {
    /// What differs between `lines` and the file; nil when nothing does.
    package static func difference(_ name: String, _ lines: [String]) throws -> String? {
        try difference(file: Repository.root.appending(path: "Tests/Golden/\(name).txt"), lines)
    }

    /// The same for any file of the checkout, as a document that is made from the code.
    package static func difference(file: URL, _ lines: [String]) throws -> String? {
        let text = lines.joined(separator: "\n") + "\n"
        if ProcessInfo.processInfo.environment["MARTLET_GOLDEN"] == "write" {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try text.write(to: file, atomically: true, encoding: .utf8)
            return nil
        }
        guard let golden = try? String(contentsOf: file, encoding: .utf8) else {
            return "\(file.path) does not exist; MARTLET_GOLDEN=write swift test makes it"
        }
        guard golden != text else { return nil }
        let before = golden.split(separator: "\n", omittingEmptySubsequences: false)
        let after = text.split(separator: "\n", omittingEmptySubsequences: false)
        let changed = (0..<max(before.count, after.count)).filter { line in
            (line < before.count ? before[line] : "") != (line < after.count ? after[line] : "")
        }
        let shown = changed.prefix(8).map { line in
            "\(line + 1)\n- \(line < before.count ? before[line] : "(none)")\n+ \(line < after.count ? after[line] : "(none)")"
        }
        return "\(file.lastPathComponent) differs in \(changed.count) lines:\n"
            + shown.joined(separator: "\n")
    }
}
