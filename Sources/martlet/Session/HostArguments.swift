import ArgumentParser
import Fleet
import Foundation
import Hub

/// The words of a command line that mean hosts: groups, hosts, selectors, or destinations of ssh.
enum HostArguments {
    /// Refuses what could never mean a host.
    static func check(_ words: [String]) throws {
        for word in words where (try? HostName.check(word)) == nil {
            do {
                _ = try Selector(word)
            } catch {
                throw ValidationError(
                    "\(word.debugDescription) can mean no host: \(error); a host begins with a letter or digit, "
                        + "then come letters, digits and ._:%-")
            }
        }
    }

    /// The same for a hub that is to stand alone: a selector must select something in hosts.yaml, unless an inventory
    /// may know more.
    static func check(_ words: [String], config: String?) throws {
        try check(words)
        guard let load = try? inventory(config) else {
            return try refuse(words, hosts: [])
        }
        if load.file?.sources.isEmpty ?? true { try refuse(words, hosts: load.inventory.attributes) }
    }

    private static func refuse(_ words: [String], hosts: [HostAttributes]) throws {
        for word in words where (try? HostName.check(word)) == nil {
            guard let unknown = try Selector(word).firstUnknown(among: hosts) else { continue }
            throw ValidationError("\(word.debugDescription) can mean no host: \(unknown)")
        }
    }

    /// The folder of configuration in use, as an absolute path, since hooks run in it; nil where there is none.
    static func folder(_ option: String?) -> ConfigFolder? {
        ConfigurationLoad.folder(option: option) { ProcessInfo.processInfo.environment[$0] }.map {
            ConfigFolder(path: URL(filePath: $0.path).standardizedFileURL.path, origin: $0.origin)
        }
    }

    /// hosts.yaml, checked, before anything is started; nil where there is none.
    static func inventory(_ option: String?) throws -> ConfigurationLoad? {
        guard let folder = folder(option) else { return nil }
        let load = ConfigurationLoad(filesOf: folder.path)
        guard load.errors.isEmpty else { throw ConfigurationErrors(load.errors) }
        return load
    }

    /// The hosts that the words mean, each once; all of hosts.yaml where there are none. Without a hub: an inventory that
    /// is a program has not been asked.
    static func targets(_ words: [String], config: String?) throws -> [HostTarget] {
        let known = try inventory(config)?.inventory.targets ?? []
        guard !words.isEmpty else { return known }
        let meaning = Hub.HostWords(known: known)
        var names: Set<String> = []
        return try words.flatMap { try meaning.targets(of: $0) }.filter { names.insert($0.name).inserted }
    }

    /// The words as what the query bar holds: one or the other.
    static func query(_ words: [String]) -> String {
        guard words.count > 1 else { return words.first ?? "" }
        return words.map { word in
            let isOne = !word.contains { $0.isWhitespace }
            return isOne ? word : "(\(word))"
        }.joined(separator: " or ")
    }
}
