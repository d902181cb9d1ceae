package import Fleet
import Telemetry

/// The hosts that words of a command line mean: groups, hosts, selectors, or plain destinations of ssh that no file
/// knows (docs/hosts-yaml.md).
package struct HostWords: Sendable {
    /// What hosts.yaml and its inventories know, and the hosts that are watched already.
    private let known: [HostTarget]
    private let attributes: [HostAttributes]
    private let localName: String

    package init(known: [HostTarget], localName: String = SourceCommand.localName) {
        self.known = known
        attributes = known.map(\.attributes)
        self.localName = localName
    }

    /// The targets of one word, in the order of their names; never empty. Throws where a selector selects nothing.
    package func targets(of word: String) throws(HubError) -> [HostTarget] {
        if let exact = known.first(where: { $0.name == word }) { return [exact] }
        let selector: Selector
        do throws(QueryError) {
            selector = try Selector(word)
        } catch {
            throw .word(word, reason: "\(error)")
        }
        let selected = zip(known, attributes).filter { selector.matches($1) }.map(\.0)
        let unknown = selector.firstUnknown(among: attributes)
        if unknown == nil, !selected.isEmpty { return selected }
        if word == "localhost" || word == localName { return [Self.thisMachine(localName)] }
        if (try? HostName.check(word)) != nil { return [HostTarget(word)] }
        throw .word(word, reason: unknown.map { "\($0)" } ?? "no host is selected by it")
    }

    /// Whether a word selects something that is known.
    package func isKnown(_ word: String) -> Bool {
        guard let selector = try? Selector(word) else { return false }
        return attributes.contains { selector.matches($0) }
    }

    package static func thisMachine(_ name: String = SourceCommand.localName) -> HostTarget {
        var target = HostTarget(name)
        target.connect = .local
        return target
    }
}
