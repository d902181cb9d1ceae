import Fleet
import Testing

@Suite struct `A reader of a mapping` {
    private static func node(_ pairs: (String, ConfigurationNode.Kind)...) -> ConfigurationNode {
        ConfigurationNode(
            Place(file: "hosts.yaml", line: 1, column: 1),
            .mapping(
                pairs.enumerated().map { row, pair in
                    ConfigurationNode.Entry(
                        key: pair.0, keyPlace: Place(file: "hosts.yaml", line: row + 1, column: 3),
                        value: ConfigurationNode(Place(file: "hosts.yaml", line: row + 1, column: 9), pair.1))
                }))
    }

    @Test func `says everything that is wrong, each at its place`() {
        var reader = MappingReader(
            Self.node(
                ("usr", .scalar("ops")), ("every", .scalar("10")), ("sudo", .scalar("on")),
                ("note", .list([]))),
            keys: ["user", "every", "sudo", "note"])
        _ = reader.duration("every")
        _ = reader.isYes("sudo")
        _ = reader.text("note")
        _ = reader.require("user", example: "user: ops") { node throws(ConfigurationError) in try node.name()
        }
        #expect(
            reader.errors.map(\.description) == [
                #"hosts.yaml:1:3: unknown key "usr"; did you mean "user"?"#,
                "hosts.yaml:2:9: every: `10` has no unit: write 10s, 10m or 10h",
                "hosts.yaml:3:9: sudo: `on` is neither yes nor no: write yes or no",
                "hosts.yaml:4:9: note: a text belongs here, not a list",
                "hosts.yaml:1:1: user is missing: write user: ops",
            ])
    }

    @Test(arguments: [
        ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("1h30m", .seconds(5400)),
        ("3d", .seconds(259_200)), ("2w", .seconds(1_209_600)), ("0s", .zero), ("010s", .seconds(10)),
    ])
    func `reads durations`(text: String, value: Duration) throws {
        #expect(try WrittenValue.duration(text) == value)
    }

    @Test(arguments: [
        "", "10", "s", "30m1h", "1h 30m", "1m1m", "-1s", "1.5h", "1y", "9999999999999999s", "200000000d",
    ])
    func `refuses what is no duration`(text: String) {
        #expect(throws: WrittenValue.Refusal.self) { try WrittenValue.duration(text) }
    }

    @Test func `reads sizes, ratios, numbers and names`() throws {
        #expect(try WrittenValue.size("64MiB") == 67_108_864)
        #expect(try WrittenValue.size("20GB") == 20_000_000_000)
        #expect(try WrittenValue.ratio("0.5%") == 0.005)
        #expect(try WrittenValue.ratio("100%") == 1)
        #expect(try WrittenValue.whole("022", in: 1...65_535) == 22)
        #expect(try WrittenValue.name("web-deploy.2_x") == "web-deploy.2_x")
    }

    @Test(arguments: [
        ("5", "write 5%"), ("0.05", "write 5%"), ("101%", "more than"), ("%", "5%"), ("-1%", "5%"),
    ])
    func `refuses a ratio without its sign`(text: String, names: String) {
        let error = #expect(throws: WrittenValue.Refusal.self) { try WrittenValue.ratio(text) }
        #expect(error?.reason.contains(names) == true)
    }

    @Test(arguments: ["64", "64 MiB", "MiB", "1.5GB", "64mb", "99999999999TiB"])
    func `refuses what is no size`(text: String) {
        #expect(throws: WrittenValue.Refusal.self) { try WrittenValue.size(text) }
    }

    @Test(arguments: ["", "-web", ".web", "we b", "wéb", String(repeating: "a", count: 65)])
    func `refuses what is no name`(text: String) {
        #expect(throws: WrittenValue.Refusal.self) { try WrittenValue.name(text) }
    }
}
