import Fleet

/// The rules that the hub evaluates and the hooks that it tells, as the folder of configuration has them.
actor RulesInForce {
    private let core: HubCore
    private let notifier: Notifier
    /// nil for a hub that stays. A screen's own runs hooks only where rules.yaml says `run_hooks: any`, so that three open screens
    /// do not page three times.
    private let lingerMilliseconds: Int64?
    private(set) var book = RuleBook.shipped

    init(core: HubCore, notifier: Notifier, lingerMilliseconds: Int64?) {
        self.core = core
        self.notifier = notifier
        self.lingerMilliseconds = lingerMilliseconds
    }

    /// Takes them over, with the folder in which hooks run; what changes, each a line. What is pending or firing goes on where
    /// its rule is still there. Where rules.yaml could not be read, nobody knows its hooks: what waits for them goes on waiting.
    @discardableResult
    func set(_ book: RuleBook, folder: String, isRead: Bool) async -> [String] {
        let change = RuleChange(from: self.book.rules, to: book.rules)
        let hooks = self.book.hooks
        self.book = book
        // Of a family all that its members tell.
        var hooksOfRules: [String: [String]] = [:]
        for rule in book.rules {
            let known = hooksOfRules[rule.name, default: []]
            let told = rule.condition.threshold == nil ? [] : book.hooks(of: rule)
            hooksOfRules[rule.name] = known + told.filter { !known.contains($0) }
        }
        await notifier.configure(
            Notifier.Setup(
                settings: book.hooks, folder: folder,
                runsHooks: isRead && (lingerMilliseconds == nil || book.hooks.place == .any),
                lingerMilliseconds: lingerMilliseconds, hooksOfRules: hooksOfRules))
        await core.set(book)
        return change.lines + HookChange(from: hooks.words, to: book.hooks.words).lines
    }
}
