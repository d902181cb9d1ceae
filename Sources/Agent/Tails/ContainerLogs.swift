/// The logs that container engines keep as files, by the names of their containers: Docker's json-file logs, told by each
/// container's config.v2.json, and Podman's ctr.log, told by containers.json. A container that is made anew under a name
/// has another number, and another file.
package struct ContainerLogs {
    /// A container of Docker or Podman that writes its log to a file.
    package struct Container: Equatable, Sendable {
        package let id: String
        package let name: String
        /// The service of Docker Compose that it is one of; empty without.
        package let service: String
        /// Where its log is, below the root.
        package let log: String
        package let isRunning: Bool
    }

    /// By their numbers.
    package private(set) var containers: [String: Container] = [:]
    /// Containers beyond the bound.
    package private(set) var dropped = 0
    /// In front of each path: where the host's root is for us; empty for our own.
    private let root: String
    /// When descriptions were last changed, by the containers' numbers.
    private var seen: [String: Int64] = [:]

    private static let docker = "/var/lib/docker/containers"
    private static let podman = "/var/lib/containers/storage/overlay-containers"
    private static let containersMax = 1024
    /// Docker's description of a container is a few kilobytes long.
    private static let descriptionBytesMax = 1 << 18
    /// Podman's list has one or two of these for each.
    private static let listBytesMax = 4 << 20

    package init(root: String) {
        self.root = root == "/" ? "" : root
    }

    /// Reads what is new or has changed since the last call.
    package mutating func refresh() {
        dropped = 0
        var found: [String: Container] = [:]
        if let (ids, more) = DiscoveryFiles.names(root + Self.docker, max: Self.containersMax) {
            dropped += more
            for id in ids { found[id] = dockers(id) }
        }
        for container in podmans() where found.count < 2 * Self.containersMax {
            found[container.id] = container
        }
        containers = found
        seen = seen.filter { found[$0.key] != nil }
    }

    /// Paths of the logs of all containers, running or not, that bear a name, or that are of a Compose service of that name
    /// where none bears it; `name` may hold `*` and `?`. In the order of the containers' names.
    package func paths(of name: String) -> [String] {
        let pattern = NamePattern(name)
        var chosen = containers.values.filter { pattern.matches($0.name) }
        if chosen.isEmpty { chosen = containers.values.filter { $0.service == name } }
        return chosen.sorted { ($0.name, $0.id) < ($1.name, $1.id) }.map { root + $0.log }
    }

    private mutating func dockers(_ id: String) -> Container? {
        let path = "\(root)\(Self.docker)/\(id)/config.v2.json"
        guard let facts = DiscoveryFiles.facts(path) else { return nil }
        if let known = containers[id], seen[id] == facts.modified { return known }
        guard let bytes = DiscoveryFiles.bytes(path, limit: Self.descriptionBytesMax),
            let name = ContainerNames.name(inDescription: bytes)
        else { return nil }
        seen[id] = facts.modified
        return Container(
            id: id, name: name,
            service: Self.text(behind: "\"com.docker.compose.service\":\"", in: bytes, from: 0)?.text ?? "",
            log: "\(Self.docker)/\(id)/\(id)-json.log",
            isRunning: Self.place(of: Array("\"Running\":false".utf8), in: bytes, from: 0) == nil)
    }

    /// Podman's list is an array of objects with `"id":"…"` and then `"names":["web"]`.
    private func podmans() -> [Container] {
        let path = "\(root)\(Self.podman)/containers.json"
        guard let bytes = DiscoveryFiles.bytes(path, limit: Self.listBytesMax) else { return [] }
        var found: [Container] = []
        var place = 0
        while found.count < Self.containersMax,
            let id = Self.text(behind: "\"id\":\"", in: bytes, from: place)
        {
            place = id.end
            guard Self.isName(id.text), let name = Self.text(behind: "\"names\":[\"", in: bytes, from: place),
                Self.isName(name.text)
            else { continue }
            let log = "\(Self.podman)/\(id.text)/userdata/ctr.log"
            guard DiscoveryFiles.facts(root + log) != nil else { continue }
            found.append(Container(id: id.text, name: name.text, service: "", log: log, isRunning: true))
        }
        return found
    }

    /// A name of Docker and Podman: [a-zA-Z0-9][a-zA-Z0-9_.-]*.
    private static func isName(_ text: String) -> Bool {
        let bytes = text.utf8
        return bytes.count <= 128 && bytes.first.map(ConfigurationValue.isAlphanumeric) == true
            && bytes.allSatisfy {
                ConfigurationValue.isAlphanumeric($0) || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
                    || $0 == UInt8(ascii: "-")
            }
    }

    /// The text behind a mark up to a quote, and where that is.
    private static func text(behind mark: String, in bytes: [UInt8], from: Int) -> (text: String, end: Int)? {
        let mark = Array(mark.utf8)
        guard let start = place(of: mark, in: bytes, from: from) else { return nil }
        let text = bytes[(start + mark.count)...].prefix(256).prefix { $0 != UInt8(ascii: "\"") }
        return (String(decoding: text, as: UTF8.self), text.endIndex)
    }

    private static func place(of mark: [UInt8], in bytes: [UInt8], from: Int) -> Int? {
        guard bytes.count >= mark.count, from <= bytes.count - mark.count else { return nil }
        return (from...(bytes.count - mark.count)).first {
            bytes[$0] == mark[0] && bytes[$0...].starts(with: mark)
        }
    }
}
