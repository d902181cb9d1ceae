import Foundation
import Hub
import TestSupport
import Testing

@Suite struct `docs/api.md` {
    /// The rows of its first table: method, path, scope.
    private static func rows() throws -> [[String]] {
        try Repository.text("docs/api.md").split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            return cells.count == 4 && ["GET", "POST", "PUT", "DELETE"].contains(cells[0])
                ? Array(cells[0...2]) : nil
        }
    }

    @Test func `lists the routes that there are, with their scopes`() throws {
        #expect(try Self.rows() == HubRouteList.all)
    }

    @Test func `has a chapter for each route`() throws {
        let headings = try Repository.text("docs/api.md").split(separator: "\n").filter {
            $0.hasPrefix("## ")
        }
        for row in try Self.rows() {
            #expect(headings.contains { $0.contains("\(row[0]) \(row[1])") }, "\(row)")
        }
    }

    @Test func `names every figure of the hub`() async throws {
        let text = try Repository.text("docs/api.md")
        for name in await HubRouteList.figures { #expect(text.contains("| \(name)"), "\(name)") }
    }
}
