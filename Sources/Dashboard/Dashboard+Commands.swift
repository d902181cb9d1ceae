import Canvas
import Fleet
import Telemetry
import Text

/// Keys, text and the mouse, and what commands do.
extension Dashboard {
    mutating func take(_ event: InputEvent) -> [Effect] {
        switch event {
        case .key(let press): return take(press)
        case .paste(let text):
            return paste(text)
        case .mouse(let event):
            take(event)
            return []
        case .resize(let width, let height):
            self.width = max(0, width)
            self.height = max(0, height)
            return []
        case .focus: return []
        }
    }

    private mutating func take(_ press: KeyPress) -> [Effect] {
        // These hold whatever is open.
        switch CommandTable.command(for: press, on: screen, isReadOnly: isReadOnly) {
        case .quit where press.control: return perform(.quit)
        case .suspend: return perform(.suspend)
        case .repaint: return perform(.repaint)
        default: break
        }
        if prompt != nil { return takeInPrompt(press) }
        guard let command = CommandTable.command(for: press, on: screen) else { return [] }
        if isReadOnly, let entry = CommandTable.entry(command), entry.danger > .view {
            say("read-only: \(entry.name) needs a martlet without --read-only")
            return []
        }
        return perform(command)
    }

    /// Does what a command says, wherever it came from.
    mutating func perform(_ command: Command) -> [Effect] {
        switch command {
        case .quit: return [.quit]
        case .suspend: return [.suspend]
        case .repaint: return [.repaint]
        case .back: return goBack()
        case .cancel: cancel()
        case .showFleet: path = [.fleet]
        case .showHost: openHost(root: true)
        case .showTraffic: showTraffic()
        case .showDeploys: showDeploys()
        case .showLogs: showLogs()
        case .showAlerts: show(.alerts)
        case .acknowledge: openAcknowledgement()
        case .silence: return openSilence()
        case .note: openNote()
        case .handover: openHandover()
        case .runbook: showRunbook()
        case .startRollout: return openStart()
        case .pauseRollout: openRollout(.pause)
        case .resumeRollout: openRollout(.resume)
        case .abortRollout: openRollout(.abort)
        case .rollBack: openRollout(.rollback)
        case .open:
            if screen == .traffic, let sample = traffic.openSample {
                showLogs(around: sample)
            } else if !perform(onScreen: .open) {
                if screen == .alerts {
                    openEvidence()
                } else if screen == .deploys, let mark = deploys.mark {
                    open(mark)
                } else {
                    openHost(root: false)
                }
            }
        case .help: prompt = .help(firstLine: 0)
        case .palette: prompt = .palette(TextField(), chosen: 0)
        case .query, .filterLines: openQuery()
        case .search: prompt = .search(TextField(logs.search.text))
        case .jump: prompt = .jump(TextField(), error: nil)
        case .pickSort:
            if let choices = shown.sortChoices(context) { prompt = .sort(chosen: choices.current) }
        case .shell: return openShell()
        case .action: return openActions()
        case .forget: return forgetHosts()
        case .mouse:
            hasMouse.toggle()
            say(hasMouse ? "mouse on; hold shift to select text" : "mouse off")
            return [.setMouse(hasMouse)]
        case .pause: time.toggle(at: moment)
        case .stepBack: move(by: -1)
        case .stepForward: move(by: 1)
        case .leapBack: move(by: -10)
        case .leapForward: move(by: 10)
        case .previousEvent:
            goToEvent(events.last(before: moment), else: "no event before; Z looks further back")
        case .nextEvent: goToEvent(events.first(after: moment), else: "no later event is known")
        case .zoomIn: time.zoom(by: -1, atLeast: shortestStep)
        case .zoomOut: time.zoom(by: 1, atLeast: shortestStep)
        case .up, .down, .pageUp, .pageDown, .halfPageUp, .halfPageDown, .first, .last, .left, .right,
            .nextPane,
            .previousPane, .sortLeft, .sortRight, .invertSort, .sortByCPU, .sortByMemory, .sortByTime, .tree,
            .mark,
            .clearMarks, .nextTrouble, .previousTrouble, .freeze, .nextHit, .previousHit, .follow,
            .moreContext, .lessContext, .nextError, .previousError, .nextWarning, .previousWarning, .level,
            .wrap:
            if !perform(onScreen: command) { explain(command) }
        }
        return []
    }

    /// Says why a key did nothing, where that is not plain to see.
    private mutating func explain(_ command: Command) {
        switch command {
        case .tree where screen == .fleet: say("no host has a group")
        case .nextTrouble, .previousTrouble:
            switch screen {
            case .alerts: say("nothing fires that nobody has")
            case .deploys: say(deploys.opened == nil ? "enter opens a rollout" : "every host is well")
            case .fleet, .host, .traffic, .logs: say("every row is well")
            }
        case .nextError, .previousError: say("no line that is shown tells of an error")
        case .nextWarning, .previousWarning: say("no line that is shown is a warning or an error")
        case .nextHit, .previousHit: say(logs.search.isEmpty ? "/ looks for a text" : "no line has it")
        default: break
        }
    }

    private mutating func move(by steps: Int64) {
        time.move(by: steps, step: step, from: moment, now: now)
        guard let past = time.past else { return }
        let start = past.advanced(byMilliseconds: -step)
        if let event = events.gravest(after: start, to: past) { say(event.text) }
    }

    /// Goes to the moment of events, and says what happened then.
    private mutating func goToEvent(_ found: ArraySlice<TimeEvent>, else none: String) {
        guard let event = found.first else { return say(none) }
        time.go(to: event.time, now: now)
        say(event.text + (found.count > 1 ? ", and \(found.count - 1) more" : ""))
    }

    private mutating func goBack() -> [Effect] {
        if closeOnScreen() { return [] }
        guard path.count > 1 else { return leave() }
        path.removeLast()
        return []
    }

    /// Asks only where something would stop, and says what: the hooks of a hub that lives no longer than its screens.
    private mutating func leave() -> [Effect] {
        guard let wait = alerts.board?.hooksEndAfter, notice?.text != Self.leaveNotice(wait) else {
            return [.quit]
        }
        say(Self.leaveNotice(wait))
        return []
    }

    private static func leaveNotice(_ milliseconds: Int64) -> String {
        let wait = Format.age(Double(milliseconds) / 1000).string
        return "hooks stop \(wait) after the last screen: q again leaves; martlet hub would run on"
    }

    /// What is open was closed before this; here the filter, the marks, then the screen.
    private mutating func cancel() {
        if closeOnScreen() { return }
        if !query.isEmpty {
            query.clear()
        } else if !perform(onScreen: .clearMarks), path.count > 1 {
            path.removeLast()
        }
    }

    private mutating func openHost(root: Bool) {
        guard screen != .host else { return }
        guard let next = shown.subject(context) ?? (root ? host : nil) else {
            return say("no host is selected")
        }
        show(host: next)
    }

    private mutating func openShell() -> [Effect] {
        // Where there is one host, that is meant, whatever is selected.
        let hosts = context.state.hosts
        guard let host = shown.subject(context) ?? (hosts.count == 1 ? hosts.first?.id : nil) else {
            say("no host is selected")
            return []
        }
        return [.openShell(host: host)]
    }

    private mutating func forgetHosts() -> [Effect] {
        let hosts = actionHosts
        guard !hosts.isEmpty else {
            say("no host is selected")
            return []
        }
        return [.forget(hosts: hosts)]
    }

    // MARK: Text and the mouse

    private mutating func paste(_ text: String) -> [Effect] {
        switch prompt {
        case .palette(var field, _):
            field.paste(text)
            prompt = .palette(field, chosen: 0)
        case .jump(var field, _):
            field.paste(text)
            prompt = .jump(field, error: nil)
        case .search(var field):
            field.paste(text)
            search(field)
        case .action(var dialog):
            dialog.paste(text)
            prompt = .action(dialog)
        case .alert(let dialog): return paste(text, in: dialog)
        case .rollout(var dialog):
            dialog.paste(text)
            prompt = .rollout(dialog)
        case .start(var dialog):
            dialog.paste(text)
            prompt = .start(dialog)
        case nil where screen == .deploys: break
        case .query, .sort, .help, nil:
            query.paste(text)
            if prompt != .query { openQuery() }
        }
        return []
    }

    private mutating func take(_ event: MouseEvent) {
        guard hasMouse, prompt == nil else { return }
        switch event.action {
        case .press(button: 1):
            if let tab = tab(x: event.x, y: event.y) {
                switch tab {
                case .fleet: path = [.fleet]
                case .host: openHost(root: true)
                case .traffic: if screen != .traffic { showTraffic() }
                case .alerts: show(.alerts)
                case .deploys: showDeploys()
                case .logs: if screen != .logs { showLogs() }
                }
                return
            }
            click(x: event.x, y: event.y)
        case .press, .release: break
        case .wheelUp: for _ in 0..<3 { _ = perform(onScreen: .up) }
        case .wheelDown: for _ in 0..<3 { _ = perform(onScreen: .down) }
        }
    }
}
