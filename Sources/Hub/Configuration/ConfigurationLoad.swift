package import Fleet
import Foundation

/// Reads a folder of configuration whole, and asks its inventories.
package struct ConfigurationLoad: Sendable {
    package private(set) var file: HostsFile?
    package private(set) var inventory = Inventory()
    /// What rules.yaml says; the shipped rules where there is none, and where it is wrong: half a file is none.
    package private(set) var rules = RuleBook.shipped
    /// What rollouts.yaml lets people start; none where there is no such file, and where it is wrong.
    package var rollouts: [RolloutDefinition] { rolloutFile.rollouts }
    private var rolloutFile = RolloutFile()
    /// What is wrong with hosts.yaml, its inventories, or the folder itself.
    package private(set) var hostErrors: [ConfigurationError] = []
    /// The files that `agent_conf` names.
    package private(set) var sent = SentFiles()
    /// What is wrong with rules.yaml.
    package private(set) var ruleErrors: [ConfigurationError] = []
    /// What is wrong with rollouts.yaml.
    package private(set) var rolloutErrors: [ConfigurationError] = []
    /// What to look at in hosts.yaml and the answers of its inventories, in rules.yaml, and in rollouts.yaml.
    private var hostWarnings: [String] = []
    private var ruleWarnings: [String] = []
    private var rolloutWarnings: [String] = []
    package var warnings: [String] { hostWarnings + sent.warnings + ruleWarnings + rolloutWarnings }
    /// Everything that is wrong; with one of these nothing of the folder is taken over.
    package var errors: [ConfigurationError] { hostErrors + sent.errors + ruleErrors + rolloutErrors }
    /// The last good answer of each inventory, by its command, and when it came.
    package private(set) var answers: [[String]: KnownAnswer] = [:]

    /// The inventories whose last run gave no answer.
    private var unanswered: Set<[String]> = []

    /// An inventory command's last good answer, which stands in where a later run fails.
    package struct KnownAnswer: Sendable {
        package let answer: InventoryAnswer
        /// Milliseconds since 1970.
        package let time: Int64
    }

    /// The folder in use: the first of the usual places that is there; nil where there is none.
    package static func folder(option: String?, variable: (String) -> String?) -> ConfigFolder? {
        ConfigFolder.candidates(option: option, variable: variable).first { candidate in
            // Who names a folder means that one, whether it is there or not.
            candidate.origin == .option || FileManager.default.fileExists(atPath: candidate.path)
        }
    }

    /// The files alone, without the answers of inventories: what a command knows before it has a hub.
    package init(filesOf folder: String) {
        guard FileManager.default.fileExists(atPath: folder) else {
            hostErrors.append(
                ConfigurationError(Place(file: folder), "there is no such folder; make it, or name another"))
            return
        }
        do throws(ConfigurationError) {
            if let root = try ConfigurationFile.load("\(folder)/hosts.yaml") {
                let file = HostsFile(root)
                self.file = file
                inventory = Inventory(file)
                hostErrors += inventory.errors
            }
        } catch {
            hostErrors.append(error)
        }
        readRules(folder)
        readRollouts(folder)
    }

    /// The names of hosts' tags, of those that no host has now too; nil where nobody knows them: hosts.yaml cannot be read, or
    /// has an inventory of its own format, which may give any.
    private var tags: [String]? {
        guard hostErrors.isEmpty else { return nil }
        guard let file else { return [] }
        guard !file.sources.contains(where: { $0.format == .martlet }) else { return nil }
        return Set(file.tagKeys + file.sources.flatMap(\.tagsFrom)).sorted()
    }

    private mutating func readRules(_ folder: String) {
        let path = "\(folder)/rules.yaml"
        do {
            guard let root = try ConfigurationFile.load(path) else { return }
            rules = try RuleBook(root, tags: tags)
        } catch let error as ConfigurationError {
            ruleErrors = [error]
        } catch let found as ConfigurationErrors {
            ruleErrors = found.errors
        } catch {
            ruleErrors = [ConfigurationError(Place(file: path), "\(error)")]
        }
    }

    private mutating func readRollouts(_ folder: String) {
        let path = "\(folder)/rollouts.yaml"
        do {
            guard let root = try ConfigurationFile.load(path) else { return }
            rolloutFile = try RolloutFile(root, tags: tags)
        } catch let error as ConfigurationError {
            rolloutErrors = [error]
        } catch let found as ConfigurationErrors {
            rolloutErrors = found.errors
        } catch {
            rolloutErrors = [ConfigurationError(Place(file: path), "\(error)")]
        }
    }

    /// The same with the hosts that the inventories know; one that does not answer keeps its last good answer. `agent`
    /// checks what is sent to hosts.
    package static func whole(
        _ folder: String, known: [[String]: KnownAnswer] = [:], agent: String?, now: Int64
    ) async -> ConfigurationLoad {
        var load = ConfigurationLoad(filesOf: folder)
        if let file = load.file, load.hostErrors.isEmpty {
            await load.ask(file.sources, of: file, folder, known, now)
            await load.readSent(agent)
        }
        // Which hosts there are is only known where hosts.yaml can be read: else what selects some would seem to select none.
        let targets = load.hostErrors.isEmpty ? load.inventory.targets : []
        if load.ruleErrors.isEmpty { load.ruleWarnings = RuleCheck.warnings(load.rules, targets, folder) }
        // Hooks are only known where rules.yaml can be read.
        load.rolloutWarnings = load.rolloutFile.warnings(
            targets, hooks: load.ruleErrors.isEmpty ? load.rules.hooks : nil)
        return load
    }

    /// By host, when the inventory that knows it answered last, of those that do not answer now; the oldest of several.
    private var oldAnswers: [String: Int64] {
        var times: [String: Int64] = [:]
        for command in unanswered {
            guard let known = answers[command] else { continue }
            for name in known.answer.hosts.keys { times[name] = min(times[name] ?? known.time, known.time) }
        }
        return times
    }

    /// Reads what is sent to hosts: of files that are known already what was read before holds, until a reload.
    mutating func readSent(_ agent: String?) async {
        await sent.read(inventory.targets.compactMap(\.agentConfiguration), agent: agent)
        inventory.take(
            sent.files.mapValues { Inventory.SentFile(digest: $0.digest, interval: $0.intervalMilliseconds) })
    }

    /// Asks these again and merges all.
    mutating func ask(
        _ sources: [InventorySource], of file: HostsFile, _ folder: String, _ known: [[String]: KnownAnswer],
        _ now: Int64
    ) async {
        answers = known.filter { answer in file.sources.contains { $0.command == answer.key } }
        hostWarnings = []
        let found = await withTaskGroup(
            of: (InventorySource, Result<InventoryAnswer, InventoryRun.Fault>).self
        ) { tasks in
            for source in sources {
                tasks.addTask {
                    do throws(InventoryRun.Fault) {
                        let answer = try await InventoryRun.answer(source, folder: folder)
                        return (source, .success(answer))
                    } catch {
                        return (source, .failure(error))
                    }
                }
            }
            var found: [(InventorySource, Result<InventoryAnswer, InventoryRun.Fault>)] = []
            for await result in tasks { found.append(result) }
            return found
        }
        for (source, result) in found {
            switch result {
            case .success(let answer):
                answers[source.command] = KnownAnswer(answer: answer, time: now)
                unanswered.remove(source.command)
                hostWarnings += answer.remarks.map { "\(source.place): \($0)" }
            case .failure(let fault):
                unanswered.insert(source.command)
                let age = answers[source.command].map {
                    "its answer of \(($0.time - now) / -60_000) minutes ago stays"
                }
                hostWarnings.append("\(source.place): \(fault); \(age ?? "its hosts are not known")")
            }
        }
        inventory = Inventory(file, answers: file.sources.compactMap { answers[$0.command]?.answer })
        hostErrors = inventory.errors
        inventory.take(answeredAt: oldAnswers)
        for group in inventory.emptyGroups(of: file) {
            hostWarnings.append("\(folder)/hosts.yaml: group \(group) has no hosts")
        }
    }
}
