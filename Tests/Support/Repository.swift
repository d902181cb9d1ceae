package import Foundation

/// The checkout that the tests were compiled from.
package enum Repository {
    package static let root = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The files below `folder` whose names end in `suffix`, sorted by path; empty where there is no such folder.
    package static func files(in folder: String, suffix: String) -> [URL] {
        let start = root.appending(path: folder)
        guard let walker = FileManager.default.enumerator(at: start, includingPropertiesForKeys: nil) else {
            return []
        }
        return walker.compactMap { $0 as? URL }
            .filter { $0.lastPathComponent.hasSuffix(suffix) }
            .sorted { $0.path < $1.path }
    }

    /// A file's text; the error says which file could not be read.
    package static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appending(path: path), encoding: .utf8)
    }
}
