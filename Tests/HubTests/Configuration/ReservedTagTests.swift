import Fleet
import Hub
import Testing

/// Operators-contract 2.1, rule 2: what names something else on every series is no tag.
@Suite struct `A tag with a reserved key` {
    private static let keys = ["host", "group", "instance", "job", "le", "quantile", "__name__", "__"]

    private static func errors(_ text: String) throws -> [String] {
        Inventory(HostsFile(try StrictYAML.parse(text, file: "hosts.yaml"))).errors.map(\.description)
    }

    private static func reason(_ key: String) -> String {
        "`\(key)` names something else on every series: take another word for the tag"
    }

    @Test(arguments: keys) func `is refused wherever tags are, each with its place`(_ key: String) throws {
        let text = """
            version: 1
            defaults: {tags: {\(key): x}}
            groups:
              web: {tags: {role: web, \(key): x}, hosts: {web1: }}
            hosts:
              here:
                tags:
                  \(key): x
            """
        #expect(
            try Self.errors(text) == [
                "hosts.yaml:2:19: \(Self.reason(key))", "hosts.yaml:4:27: \(Self.reason(key))",
                "hosts.yaml:8:7: \(Self.reason(key))",
            ])
    }

    @Test(arguments: keys) func `is refused as one that an inventory's variable becomes`(_ key: String) throws
    {
        let text =
            "version: 1\ninventory: [{run: [x], format: ansible, tags_from: [role, \(key)]}]"
        let errors = try Self.errors(text)
        #expect(errors == ["hosts.yaml:2:59: tags_from: `\(key)` is no tag key"], "\(errors)")
    }

    /// Words that only look alike.
    @Test(arguments: ["hosts", "Host", "leader", "jobs", "_team", "quantiles"])
    func `is another one than one that begins like it`(_ key: String) throws {
        let errors = try Self.errors("version: 1\nhosts: {here: {tags: {\(key): x}}}")
        #expect(errors.filter { $0.contains("names something else") } == [])
    }
}
