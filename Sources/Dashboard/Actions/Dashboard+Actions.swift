import Canvas
import Fleet
import Telemetry

/// The dialog of `x` in the dashboard.
extension Dashboard {
    /// Whether the session is to say when the next frame was drawn.
    package var awaitsFrame: Bool {
        switch prompt {
        case .action(let dialog): !dialog.isSeen
        case .rollout(let dialog): !dialog.isSeen
        case .start(let dialog): !dialog.isSeen
        default: false
        }
    }

    /// The hosts that an action would go to: those that are marked, else the one of the row.
    var actionHosts: [HostID] {
        if screen == .fleet, !fleet.marks.isEmpty { return fleet.marks.sorted() }
        return shown.subject(context).map { [$0] } ?? []
    }

    mutating func openActions() -> [Effect] {
        if screen == .deploys {
            openRollout()
            return []
        }
        let hosts = actionHosts
        guard !hosts.isEmpty else {
            say("no host is selected")
            return []
        }
        prompt = .action(ActionDialog(hosts: hosts, group: group(of: hosts)))
        return [.askActions(hosts: hosts)]
    }

    /// The group that has exactly these hosts; nil where there is none.
    private func group(of hosts: [HostID]) -> String? {
        let names = Set(hosts.map(\.name))
        let summaries = state.hosts.compactMap(\.summary)
        let groups = Set(summaries.filter { names.contains($0.host) }.flatMap(\.groups))
        return groups.sorted().first { group in
            Set(summaries.filter { $0.groups.contains(group) }.map(\.host)) == names
        }
    }

    mutating func takeInAction(_ press: KeyPress, _ dialog: ActionDialog) -> [Effect] {
        var dialog = dialog
        switch dialog.take(press) {
        case .stays: prompt = .action(dialog)
        case .closes:
            prompt = nil
            // What was ordered goes on, and its end is told.
            if dialog.stage == .watching, !dialog.watch.isOver { watched = dialog.watch }
        case .orders(let request):
            prompt = .action(dialog)
            return [.order(request)]
        }
        return []
    }

    mutating func take(_ news: OrderNews) {
        if case .action(var dialog) = prompt {
            dialog.take(news)
            prompt = .action(dialog)
            return
        }
        guard var watch = watched, case .updates(let updates) = news else { return }
        watch.take(updates)
        watched = watch.isOver ? nil : watch
        if watch.isOver { say(watch.summary) }
    }

    mutating func frameWasDrawn() {
        switch prompt {
        case .action(var dialog):
            dialog.wasSeen()
            prompt = .action(dialog)
        case .rollout(var dialog):
            dialog.wasSeen()
            prompt = .rollout(dialog)
        case .start(var dialog):
            dialog.wasSeen()
            prompt = .start(dialog)
        default: break
        }
    }
}
