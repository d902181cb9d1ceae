import Fleet
import Foundation
import Hub
import TestSupport
import Testing

@Suite struct `Strict YAML` {
    private static func scalars(_ node: ConfigurationNode) -> String {
        switch node.kind {
        case .scalar(let text): text
        case .list(let nodes): "[" + nodes.map(scalars).joined(separator: "|") + "]"
        case .mapping(let entries):
            "{" + entries.map { "\($0.key)=\(scalars($0.value))" }.joined(separator: "|") + "}"
        }
    }

    @Test(arguments: [
        ("version: 4.10", "{version=4.10}"), ("port: 022", "{port=022}"), ("at: 22:30", "{at=22:30}"),
        ("name: no", "{name=no}"), ("on: yes", "{on=yes}"), ("a: ~", "{a=~}"), ("a:", "{a=}"), ("", "{}"),
        ("# only a remark\n", "{}"), ("a: [b, c: d]", "{a=[b|{c=d}]}"), ("a: {b: c, d: }", "{a={b=c|d=}}"),
        ("web[01:04].eu:\nweb05: {user: x}", "{web[01:04].eu=|web05={user=x}}"),
        (#"a: "{host} is down""#, "{a={host} is down}"),
        ("when: cpu > 90% for 10m", "{when=cpu > 90% for 10m}"),
        ("{\"a\": [\"b\\/c\", 1]}", "{a=[b/c|1]}"), ("note: R & D * !x", "{note=R & D * !x}"),
    ])
    func `takes scalars as they stand`(text: String, tree: String) throws {
        #expect(try Self.scalars(StrictYAML.parse(text, file: "f")) == tree)
    }

    @Test(arguments: [
        ("a: &x 1", "f:1:4: anchors are refused"), ("a: *x", "f:1:4: aliases are refused"),
        ("a: !!str 1", "f:1:4: tags are refused"), ("a: !x\n  b: 1", "f:1:4: tags are refused"),
        ("a: 1\nb: &x\n  c: 1", "f:2:4: anchors are refused"),
        ("a:\n  <<: {b: c}", "f:2:3: merge keys are refused"),
        ("a: 1\n---\nb: 2", "f:2:1: a second document is refused"),
        ("a: 1\nb: 2\na: 3", #"f:3:1: key "a" twice: it stands in line 1 too; keep one"#),
        ("x: {ab: 1, c: 2, ab: 3}", #"f:1:18: key "ab" twice: it stands in line 1 too; keep one"#),
        ("hosts: {web[1:2]: {user: x}}", "a range between { and } must be in quotes, as \"web[01:04]\""),
        (
            "gate: [http.p99{service=web} < 1s]",
            "a condition with { } in a list or mapping on one line must be in quotes"
        ),
        (
            "gate: [\n  cpu > 5%,\n  http.p99(5m){service=web} < 1s,\n]",
            "must be in quotes, as \"http.rate{service=web} > 1/s\""
        ),
        ("- {name: A, when: http.p99{service=web} > 1s}", "a condition with { }"),
        ("a: {host} is down", "a text that begins with { must be in quotes"),
        ("a:\n\tb: 1", "indent with blanks"),
        ("a: [b", "is not YAML here"), ("clear: > 2%", "is not YAML here"),
        ("? [a, b]\n: c", "a key is one word"),
        ("a: [[[[[[[[b]]]]]]]]", "more than 8 levels"),
        (String(repeating: "[", count: 5000), "more than 8 levels"),
        (String(repeating: "- ", count: 5000), "more than 8 levels"),
        (String(repeating: "{a: ", count: 5000), "more than 8 levels"), ("a: \u{1}", "is not text"),
    ])
    func `refuses what could mean something else than it seems to`(text: String, names: String) {
        let error = #expect(throws: ConfigurationError.self) { try StrictYAML.parse(text, file: "f") }
        #expect(error?.description.contains(names) == true, "\(error?.description ?? "nothing")")
    }

    @Test func `says where each part stands`() throws {
        let node = try StrictYAML.parse("# é\ngroups:\n  wéb: {user: ops}\n", file: "hosts.yaml")
        #expect(node["groups"]?["wéb"]?["user"]?.place == Place(file: "hosts.yaml", line: 3, column: 15))
    }

    @Test func `gives a tree or an error for any bytes`() {
        var random = SeededRandom(seed: 4)
        let parts = [
            "a: ", "- ", "[", "]", "{", "}", "\n", "  ", "\"", "'", "|", ">", "&x ", "*x", "!t ", "? ", ": ",
            "#", "é", "\t", "---\n",
        ]
        for _ in 0..<2000 {
            let text = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                parts.randomElement(using: &random) ?? ""
            }
            _ = try? StrictYAML.parse(text.joined(), file: "f")
        }
    }
}

@Suite struct `A file of the configuration folder` {
    @Test func `is refused where others may write it`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.url.path)/hosts.yaml"
        #expect(try ConfigurationFile.load(path) == nil)
        try "version: 1\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try ConfigurationFile.load(path)?["version"]?.kind == .scalar("1"))
        chmod(path, 0o666)
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.load(path) }
        #expect(error?.description == "\(path): may be written by others; run chmod go-w \(path)")
        chmod(path, 0o600)
        chmod(folder.url.path, 0o777)
        let above = #expect(throws: ConfigurationError.self) { try ConfigurationFile.load(path) }
        let place = folder.url.path
        #expect(
            above?.description == "\(path): \(place) may be written by others; run chmod go-w \(place)")
    }

    @Test func `has up to one megabyte of text`() throws {
        let folder = try TemporaryFolder()
        let path = "\(folder.url.path)/hosts.yaml"
        try String(repeating: "#\n", count: 600_000).write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: ConfigurationError.self) { try ConfigurationFile.load(path) }
        #expect(error?.reason.contains("1 MiB") == true)
    }
}
