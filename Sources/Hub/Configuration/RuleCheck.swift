import Fleet
import Foundation
import Glibc

/// What to look at in a rules.yaml that can be used: words that select nobody, hooks that cannot be started, and secrets
/// that cannot be handed over.
enum RuleCheck {
    static func warnings(_ book: RuleBook, _ targets: [HostTarget], _ folder: String) -> [String] {
        selectors(book, targets) + programs(book.hooks, folder) + secrets(book.hooks, folder)
    }

    /// A hub without hosts.yaml knows its hosts by other ways: then nothing is said of them.
    private static func selectors(_ book: RuleBook, _ targets: [HostTarget]) -> [String] {
        guard !targets.isEmpty else { return [] }
        let hosts = targets.map(\.attributes)
        return book.rules.flatMap { rule in
            let selector = rule.selector?.firstUnknown(among: hosts).map { "where of \(rule.name): \($0)" }
            let operands = (rule.condition.threshold?.comparisons ?? []).map(\.operand)
            let labels = operands.lazy.compactMap { $0.firstUnknownTag(among: hosts) }.first
            return [selector, labels.map { "when of \(rule.name): \($0)" }].compactMap { $0 }.map {
                "\(rule.place): \($0)"
            }
        }
    }

    private static func secrets(_ settings: HookSettings, _ folder: String) -> [String] {
        settings.hooks.values.sorted { $0.name < $1.name }.compactMap { hook in
            guard let path = hook.secret else { return nil }
            do throws(HookFault) {
                close(try HookProgram.secret(path.hasPrefix("/") ? path : "\(folder)/\(path)"))
                return nil
            } catch {
                return "\(place(.secret(hook.name), settings, folder)): secret of hook \(hook.name): \(error)"
            }
        }
    }

    private static func programs(_ settings: HookSettings, _ folder: String) -> [String] {
        var words = settings.hooks.values.sorted { $0.name < $1.name }.compactMap { hook in
            if case .run(let argv) = hook.command {
                argv.first.map { (HookSettings.Part.command(hook.name), "hook \(hook.name)", $0) }
            } else {
                nil
            }
        }
        if case .run(let argv) = settings.heartbeat?.command, let first = argv.first {
            words.append((.heartbeat, "the heartbeat", first))
        }
        let search = ProcessInfo.processInfo.environment["PATH"] ?? HookRunner.defaultPath
        return words.compactMap { part, what, word in
            do throws(HookFault) {
                _ = try HookProgram.path(of: word, folder: folder, search: search)
                return nil
            } catch {
                return "\(place(part, settings, folder)): \(what): \(error)"
            }
        }
    }

    private static func place(_ part: HookSettings.Part, _ settings: HookSettings, _ folder: String) -> Place
    {
        settings.places[part] ?? Place(file: "\(folder)/rules.yaml")
    }
}
