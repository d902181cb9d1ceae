package import Foundation

/// A folder of a test's own, removed with the last reference to it.
package final class TemporaryFolder: Sendable {
    package let url: URL

    /// `inMemory` for very many files, where the system has a folder for them.
    package init(inMemory: Bool = false) throws {
        let memory = URL(filePath: "/dev/shm")
        let hasMemory = inMemory && FileManager.default.isWritableFile(atPath: memory.path)
        url = (hasMemory ? memory : FileManager.default.temporaryDirectory).appending(
            path: "martlet-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        try? FileManager.default.removeItem(at: url)
    }
}
