/// Names of containers by their numbers, from Docker's own files, which only root may read; by a child, since they lie
/// on a disk. Where nothing is to be had, a container is called by the start of its number.
package final class ContainerNames {
    private let folder: String
    private let reader: PatientReader
    private var names: [String: String] = [:]
    private var waiting: [String: [(String) -> Void]] = [:]

    private static let namesMax = 4096
    /// Docker's description of a container is a few kilobytes long.
    private static let fileBytesMax = 1 << 18

    package init(_ paths: AgentPaths, _ reader: PatientReader) {
        folder = paths.root("/var/lib/docker/containers")
        self.reader = reader
    }

    /// Hands the owner's name to `take`, at once or when it has been read.
    package func name(_ owner: CgroupOwner, _ take: @escaping (String) -> Void) {
        guard case .container(let id) = owner else { return take(owner.name) }
        if let known = names[id] { return take(known) }
        waiting[id, default: []].append(take)
        guard waiting[id]?.count == 1 else { return }
        let isAsked = reader.ask("\(folder)/\(id)/config.v2.json", limit: Self.fileBytesMax) {
            [weak self] bytes in
            self?.learn(id, bytes.flatMap(Self.name(inDescription:)) ?? owner.name)
        }
        if !isAsked { learn(id, owner.name) }
    }

    private func learn(_ id: String, _ name: String) {
        // Containers come and go: when there are very many, all are learnt anew.
        if names.count >= Self.namesMax { names.removeAll() }
        names[id] = name
        for take in waiting.removeValue(forKey: id) ?? [] { take(name) }
    }

    /// The name in Docker's description of a container, JSON that has `"Name":"/web"` once: a container's name begins with
    /// a slash there, a volume's does not, and within a string the quotes would be escaped.
    package static func name(inDescription bytes: [UInt8]) -> String? {
        let mark = Array("\"Name\":\"/".utf8)
        guard bytes.count > mark.count else { return nil }
        for start in 0..<(bytes.count - mark.count) where bytes[start] == mark[0] {
            guard bytes[start...].starts(with: mark) else { continue }
            let name = bytes[(start + mark.count)...].prefix { $0 != UInt8(ascii: "\"") }.prefix(128)
            // Docker's names are [a-zA-Z0-9][a-zA-Z0-9_.-]+.
            guard !name.isEmpty, name.allSatisfy({ (0x2D...0x7A).contains($0) && $0 != UInt8(ascii: "\\") })
            else {
                return nil
            }
            return String(decoding: name, as: UTF8.self)
        }
        return nil
    }
}
