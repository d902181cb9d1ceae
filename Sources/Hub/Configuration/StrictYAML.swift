package import Fleet
import Yams

/// YAML as configuration files may use it (docs/hosts-yaml.md): scalars, lists and mappings, each key once, and
/// nothing that makes a file mean something else than it seems to.
package enum StrictYAML {
    /// What a person writes has no more levels.
    package static let levelsMax = 8

    /// The tree of one document; an empty text is an empty mapping. `file` is how the errors call it.
    package static func parse(
        _ text: String, file: String
    ) throws(ConfigurationError) -> ConfigurationNode {
        let lines = YAMLLines(text)
        try refuseNesting(text, file)
        let root: Node?
        do {
            root = try Parser(yaml: text, resolver: .basic, encoding: .utf8).singleRoot()
        } catch let error as YamlError {
            throw refusal(of: error, file, lines)
        } catch {
            throw ConfigurationError(Place(file: file), "is not YAML: \(error)")
        }
        guard let root else { return ConfigurationNode(Place(file: file, line: 1, column: 1), .mapping([])) }
        return try tree(of: root, Place(file: file, line: 1, column: 1), level: 1, lines)
    }

    private static func tree(
        of node: Node, _ before: Place, level: Int, _ lines: YAMLLines
    ) throws(ConfigurationError) -> ConfigurationNode {
        let place = node.mark.map { Place(file: before.file, line: $0.line, column: $0.column) } ?? before
        switch lines.character(place) {
        case "&": throw ConfigurationError(place, "anchors are refused: write the value out where it is used")
        case "*":
            throw ConfigurationError(
                place, "aliases are refused: write the value out, or put the text in quotes")
        case "!":
            throw ConfigurationError(
                place, "tags are refused: the field gives the type; put the text in quotes")
        default: break
        }
        switch node {
        case .scalar(let scalar):
            // `~` and `null` are YAML's other words for nothing; here they are texts as all others.
            return ConfigurationNode(place, .scalar(scalar.string))
        case .sequence(let nodes):
            try refuseLevel(level, place)
            var list: [ConfigurationNode] = []
            for node in nodes { list.append(try tree(of: node, place, level: level + 1, lines)) }
            return ConfigurationNode(place, .list(list))
        case .mapping(let pairs):
            try refuseLevel(level, place)
            var entries: [ConfigurationNode.Entry] = []
            for (key, value) in pairs {
                let name = try tree(of: key, place, level: level + 1, lines)
                guard case .scalar(let text) = name.kind else {
                    throw ConfigurationError(
                        name.place, "a key is one word; put a text that begins with { or [ in quotes")
                }
                guard text != "<<" else {
                    throw ConfigurationError(name.place, "merge keys are refused: write the fields out")
                }
                entries.append(
                    ConfigurationNode.Entry(
                        key: text, keyPlace: name.place,
                        value: try tree(of: value, name.place, level: level + 1, lines)))
            }
            return ConfigurationNode(place, .mapping(entries))
        case .alias:
            throw ConfigurationError(place, "aliases are refused: write the value out")
        }
    }

    private static func refuseLevel(_ level: Int, _ place: Place) throws(ConfigurationError) {
        guard level > levelsMax else { return }
        throw ConfigurationError(place, "more than \(levelsMax) levels: this is not a file of Martlet")
    }

    /// The parser goes down a call a level, so what is nested beyond all sense must not reach it. Counts brackets
    /// wherever they stand, and dashes and question marks that open lists and keys in a row.
    private static func refuseNesting(_ text: String, _ file: String) throws(ConfigurationError) {
        let sense = 100
        var (line, brackets, marks) = (1, 0, 0)
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "["), UInt8(ascii: "{"): brackets += 1
            case UInt8(ascii: "]"), UInt8(ascii: "}"): brackets = max(0, brackets - 1)
            case UInt8(ascii: "-"), UInt8(ascii: "?"), UInt8(ascii: ":"): marks += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"): break
            case UInt8(ascii: "\n"):
                line += 1
                marks = 0
            default: marks = 0
            }
            guard brackets < sense, marks < 4 * sense else {
                throw ConfigurationError(
                    Place(file: file, line: line, column: 1),
                    "more than \(levelsMax) levels: this is not a file of Martlet")
            }
        }
    }

    private static func refusal(of error: YamlError, _ file: String, _ lines: YAMLLines) -> ConfigurationError
    {
        switch error {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _):
            let place = Place(file: file, line: mark.line, column: mark.column)
            return ConfigurationError(place, "is not YAML here: \(problem)\(lines.advice(on: mark.line))")
        case .composer(_, let problem, let mark, _):
            let place = Place(file: file, line: mark.line, column: mark.column)
            let isSecond = problem.contains("another document")
            return ConfigurationError(
                place,
                isSecond
                    ? "a second document is refused: put everything into one, without ---"
                    : lines.character(place) == "*"
                        ? "aliases are refused: write the value out, or put the text in quotes"
                        : "is not YAML here: \(problem)")
        case .duplicatedKeysInMapping(let keys, let context):
            let key = keys.first ?? ""
            let second = lines.second(key, from: context.mark.line, in: file)
            return ConfigurationError(
                second ?? Place(file: file, line: context.mark.line, column: context.mark.column),
                "key \"\(key)\" twice: it stands in line \(context.mark.line) too; keep one")
        case .reader(let problem, let offset, _, _):
            return ConfigurationError(
                lines.place(ofCharacter: offset ?? 0, in: file), "is not text: \(problem)")
        case .no, .memory, .writer, .emitter, .representer, .dataCouldNotBeDecoded:
            return ConfigurationError(Place(file: file), "is not YAML: \(error)")
        }
    }
}
