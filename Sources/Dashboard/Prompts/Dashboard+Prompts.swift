import Canvas

/// What keys do while a prompt, a picker or help is open.
extension Dashboard {
    mutating func openQuery() {
        let completions = shown.completions(context)
        query.learn(completions.attributes, completions.signals)
        prompt = .query
    }

    mutating func takeInPrompt(_ press: KeyPress) -> [Effect] {
        switch prompt {
        case .query: takeInQuery(press)
        case .palette(let field, let chosen): return takeInPalette(press, field, chosen)
        case .jump(let field, _): takeInJump(press, field)
        case .search(let field): takeInSearch(press, field)
        case .sort(let chosen): takeInSort(press, chosen)
        case .help(let line): takeInHelp(press, line)
        case .action(let dialog): return takeInAction(press, dialog)
        case .alert(let dialog): return takeInAlert(press, dialog)
        case .rollout(let dialog): return takeInRollout(press, dialog)
        case .start(let dialog): return takeInStart(press, dialog)
        case nil: break
        }
        return []
    }

    private mutating func takeInQuery(_ press: KeyPress) {
        switch press.key {
        case .enter: prompt = nil
        case .escape:
            query.clear()
            prompt = nil
        case .tab: query.complete()
        default: query.edit(press)
        }
    }

    private mutating func takeInPalette(_ press: KeyPress, _ field: TextField, _ chosen: Int) -> [Effect] {
        var field = field
        let found = Palette.matches(field.text, on: screen, isReadOnly: isReadOnly)
        switch press.key {
        case .escape: prompt = nil
        case .enter:
            prompt = nil
            guard found.indices.contains(chosen) else {
                say("no command is called \(field.text)")
                return []
            }
            return perform(found[chosen].command)
        case .up: prompt = .palette(field, chosen: max(0, chosen - 1))
        case .down, .tab: prompt = .palette(field, chosen: min(chosen + 1, max(0, found.count - 1)))
        default:
            if field.edit(press) { prompt = .palette(field, chosen: 0) }
        }
        return []
    }

    private mutating func takeInSearch(_ press: KeyPress, _ field: TextField) {
        var field = field
        switch press.key {
        case .enter: prompt = nil
        case .escape:
            prompt = nil
            logs.look(for: "", context)
        default:
            if field.edit(press) { search(field) }
        }
    }

    /// Looks for what is typed while it is typed.
    mutating func search(_ field: TextField) {
        prompt = .search(field)
        logs.look(for: field.text, context)
    }

    private mutating func takeInJump(_ press: KeyPress, _ field: TextField) {
        var field = field
        switch press.key {
        case .escape: prompt = nil
        case .enter:
            switch MomentText.read(field.text, now: now, offsetSeconds: options.offsetSeconds) {
            case .success(.now):
                time.goLive()
                prompt = nil
            case .success(.moment(let moment)):
                time.go(to: moment, now: now)
                prompt = nil
            case .failure(let error):
                guard let moment = alerts.moment(of: field.text) else {
                    prompt = .jump(field, error: error.description)
                    return
                }
                time.go(to: moment, now: now)
                prompt = nil
            }
        default:
            if field.edit(press) { prompt = .jump(field, error: nil) }
        }
    }

    private mutating func takeInSort(_ press: KeyPress, _ chosen: Int) {
        let count = shown.sortChoices(context)?.titles.count ?? 0
        switch press.key {
        case .escape, .character("q"): prompt = nil
        case .enter:
            prompt = nil
            if chosen < count { sort(by: chosen) }
        case .up, .character("k"): prompt = .sort(chosen: max(0, chosen - 1))
        case .down, .character("j"): prompt = .sort(chosen: min(chosen + 1, max(0, count - 1)))
        default: break
        }
    }

    private mutating func takeInHelp(_ press: KeyPress, _ line: Int) {
        let page = max(1, layout.body.height - 3)
        let last = max(0, HelpPage.lines(on: screen, isReadOnly: isReadOnly).count - page)
        switch press.key {
        case .up, .character("k"): prompt = .help(firstLine: max(0, line - 1))
        case .down, .character("j"): prompt = .help(firstLine: min(last, line + 1))
        case .pageUp: prompt = .help(firstLine: max(0, line - page))
        case .pageDown, .character(" "): prompt = .help(firstLine: min(last, line + page))
        case .home, .character("g"): prompt = .help(firstLine: 0)
        case .end, .character("G"): prompt = .help(firstLine: last)
        case .escape, .enter, .character("q"), .character("?"), .function(1): prompt = nil
        default: break
        }
    }
}
