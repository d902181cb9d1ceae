import Foundation
import TestSupport
import Testing

/// docs/ten-minutes.md, run word for word.
@Suite(.serialized) struct `The ten minutes` {
    /// A block of the document, and what its output must come to hold, or hold at its end.
    private struct Block {
        var lines: [Substring] = []
        var shows: String?
        var ends: String?
    }

    private static func blocks(_ text: String) -> [Block] {
        var blocks: [Block] = []
        var isInside = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                isInside = line == "```sh"
                if isInside { blocks.append(Block()) }
            } else if isInside {
                blocks[blocks.count - 1].lines.append(line)
            } else if let mark = line.wholeMatch(of: /<!-- (shows|ends): (.+) -->/) {
                let text = String(mark.2)
                if mark.1 == "shows" { blocks[blocks.count - 1].shows = text }
                if mark.1 == "ends" { blocks[blocks.count - 1].ends = text }
            }
        }
        return blocks
    }

    /// The blocks as one script: one that is to show something is run again until it does, for a minute.
    private static func script(_ blocks: [Block]) -> String {
        let parts = blocks.map { block -> String in
            let lines = block.lines.joined(separator: "\n")
            if let text = block.shows {
                return """
                    for try in $(seq 60); do
                    ( \(lines) ) >"$OUT" 2>&1 || true
                    grep -qF '\(text)' "$OUT" && break
                    sleep 1
                    done
                    cat "$OUT"; grep -qF '\(text)' "$OUT"
                    """
            }
            guard let text = block.ends else { return lines }
            return "( \(lines)\n) >\"$OUT\" 2>&1\ncat \"$OUT\"; grep -qxF '\(text)' \"$OUT\""
        }
        return "set -eu\n" + parts.joined(separator: "\n") + "\necho the end\n"
    }

    @Test func `lead from a shop that breaks over alert, hook, restart and deploy to a rollback`() throws {
        guard Program.find("python3") != nil else { return print("skipped: python3 is not installed") }
        let text = try Repository.text("docs/ten-minutes.md")
        let blocks = Self.blocks(
            text.replacing("8087", with: "\(try Loopback.freePort())").replacing(
                "bake: 20s", with: "bake: 6s"))
        #expect(
            blocks.count > 10 && blocks.contains { $0.shows != nil } && blocks.contains { $0.ends != nil })
        let world = try TemporaryFolder()
        defer { World.endHubs(of: world) }
        // The folder of the sources, with this build's programs.
        let sources = world.url.appending(path: "sources")
        try FileManager.default.createDirectory(
            at: sources.appending(path: "bin"), withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: sources.appending(path: "Agents"),
            withDestinationURL: Repository.root.appending(path: "Agents"))
        for name in ["martlet", "martlet-agent"] {
            let program = try #require(Program.built(name))
            try FileManager.default.createSymbolicLink(
                at: sources.appending(path: "bin/\(name)"), withDestinationURL: URL(filePath: program))
        }
        let environment = World.variables(of: world).merging(["OUT": world.url.appending(path: "out").path]) {
            $1
        }
        let script = world.url.appending(path: "script")
        try Data(Self.script(blocks).utf8).write(to: script)
        let result = try Program.run(
            "/bin/bash", [script.path], environment: environment, folder: sources, seconds: 480)
        #expect(
            result.status == 0 && result.output.hasSuffix("the end\n"), "\(result.output)\n\(result.errors)")
        for words in [
            "1 rule and 25 shipped, 1 hook", "1 rollout: shop", "shop 2.0: succeeded", "shop undoes ",
            "gate fails, 1 of 1", "shop 3.0: rolled back", "firing ShopErrors", "resolved ShopErrors",
        ] { #expect(result.output.contains(words), "\(words): \(result.output)\n\(result.errors)") }
        #expect(result.output.contains(/shop undoes [0-9a-f]{4}: succeeded/), "\(result.output)")
        #expect(!FileManager.default.fileExists(atPath: world.url.appending(path: "home/tour").path))
    }
}
