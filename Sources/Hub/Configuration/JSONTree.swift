package import Fleet
package import Foundation

/// JSON as the same tree that YAML becomes: scalars are their text, `null` is nothing. It has no places but the whole.
package enum JSONTree {
    package static func parse(_ data: Data, file: String) throws(ConfigurationError) -> ConfigurationNode {
        let place = Place(file: file)
        do {
            return try JSONDecoder().decode(Value.self, from: data).node(place, level: 0)
        } catch let error as ConfigurationError {
            throw error
        } catch {
            throw ConfigurationError(place, "is not JSON: \(error)")
        }
    }

    private static let levelsMax = 64

    private indirect enum Value: Decodable {
        case scalar(String)
        case list([Value])
        case mapping([String: Value])

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .scalar("")
            } else if let text = try? container.decode(String.self) {
                self = .scalar(text)
            } else if let isTrue = try? container.decode(Bool.self) {
                self = .scalar(isTrue ? "true" : "false")
            } else if let whole = try? container.decode(Int64.self) {
                self = .scalar("\(whole)")
            } else if let number = try? container.decode(Double.self) {
                self = .scalar("\(number)")
            } else if let list = try? container.decode([Value].self) {
                self = .list(list)
            } else {
                self = .mapping(try container.decode([String: Value].self))
            }
        }

        func node(_ place: Place, level: Int) throws(ConfigurationError) -> ConfigurationNode {
            guard level < levelsMax else { throw ConfigurationError(place, "more than \(levelsMax) levels") }
            switch self {
            case .scalar(let text): return ConfigurationNode(place, .scalar(text))
            case .list(let values):
                var nodes: [ConfigurationNode] = []
                for value in values { nodes.append(try value.node(place, level: level + 1)) }
                return ConfigurationNode(place, .list(nodes))
            case .mapping(let values):
                var entries: [ConfigurationNode.Entry] = []
                for (key, value) in values.sorted(by: { $0.key < $1.key }) {
                    let node = try value.node(place, level: level + 1)
                    entries.append(ConfigurationNode.Entry(key: key, keyPlace: place, value: node))
                }
                return ConfigurationNode(place, .mapping(entries))
            }
        }
    }
}
