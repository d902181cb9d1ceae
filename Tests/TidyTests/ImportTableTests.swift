import Foundation
import TestSupport
import Testing

/// One row of the table in docs/architecture.md.
private struct TargetRow: Sendable {
    let level: Int
    let target: String
    let imports: Set<String>
}

@Suite struct `The table of arrows` {
    private static let everywhere: Set<String> = ["Glibc", "Synchronization"]

    private static func rows() throws -> [TargetRow] {
        try Repository.text("docs/architecture.md").split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count == 6, let level = Int(cells[1]) else { return nil }
            let imports = cells[4].split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            return TargetRow(level: level, target: cells[2], imports: Set(imports))
        }
    }

    @Test func `names every folder of Sources once`() throws {
        let folders = try FileManager.default
            .contentsOfDirectory(atPath: Repository.root.appending(path: "Sources").path)
        #expect(try Self.rows().map(\.target).sorted() == folders.sorted())
    }

    @Test func `has arrows to lower levels only`() throws {
        let rows = try Self.rows()
        let levels = Dictionary(uniqueKeysWithValues: rows.map { ($0.target, $0.level) })
        for row in rows {
            for name in row.imports {
                guard let level = levels[name] else { continue }
                #expect(
                    level < row.level, "\(row.target) (level \(row.level)) imports \(name) (level \(level))")
            }
        }
    }

    @Test func `allows every import there is`() throws {
        for row in try Self.rows() {
            let allowed = row.imports.union(Self.everywhere)
            for file in Repository.files(in: "Sources/\(row.target)", suffix: ".swift") {
                for name in try importedModules(in: file) {
                    #expect(
                        allowed.contains(name), "\(file.lastPathComponent) in \(row.target) imports \(name)")
                }
            }
        }
    }

    @Test func `has no arrow that no file uses`() throws {
        for row in try Self.rows() where row.level > 0 {
            let used = try Repository.files(in: "Sources/\(row.target)", suffix: ".swift")
                .reduce(into: Set<String>()) { used, file in used.formUnion(try importedModules(in: file)) }
            let ours = try Set(Self.rows().map(\.target))
            for name in row.imports where ours.contains(name) {
                #expect(
                    used.contains(name), "no file of \(row.target) imports \(name): take it out of the table")
            }
        }
    }
}

/// The modules that a Swift file imports, whatever the access level written before.
private func importedModules(in file: URL) throws -> Set<String> {
    let text = try String(contentsOf: file, encoding: .utf8)
    var modules: Set<String> = []
    for line in text.split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let keyword = words.firstIndex(of: "import"), keyword <= 2, keyword + 1 < words.count,
            words[..<keyword].allSatisfy({
                ["package", "public", "internal", "private", "@preconcurrency"].contains($0)
            })
        else { continue }
        var name = words[keyword + 1]
        if ["struct", "class", "enum", "func", "protocol", "typealias"].contains(name),
            keyword + 2 < words.count
        {
            name = words[keyword + 2]
        }
        modules.insert(String(name.split(separator: ".")[0]))
    }
    return modules
}
