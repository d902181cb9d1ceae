import Canvas
import Fleet

/// The dialog that starts a rollout.
extension Dashboard {
    mutating func openStart() -> [Effect] {
        prompt = .start(StartDialog())
        return [.start(.definitions)]
    }

    mutating func takeInStart(_ press: KeyPress, _ dialog: StartDialog) -> [Effect] {
        var dialog = dialog
        let body = StartDialogView.body(of: layout.body, hasWarning: time.past != nil)
        let count =
            if case .planned = dialog.stage {
                StartDialogView.lines(dialog.prospect, width: body.width).count
            } else { 0 }
        switch dialog.take(press, plan: (count, max(1, body.height))) {
        case .stays: prompt = .start(dialog)
        case .closes: prompt = nil
        case .asks(let question):
            prompt = .start(dialog)
            return [.start(question)]
        }
        return []
    }

    /// What was started is opened, where the person waits for it; whoever closed the dialog is told.
    mutating func take(_ news: StartNews) {
        guard case .start(var dialog) = prompt else {
            if case .started(_, let rollout) = news { say("\(rollout.title) started: \(rollout.id)") }
            if case .refused(.start(let request), let reason) = news { say("\(request.name): \(reason)") }
            return
        }
        if case .started(let request, let rollout) = news {
            say("\(rollout.title) started: \(rollout.id)")
            guard dialog.started(request) else { return }
            prompt = nil
            deploys.open(rollout.id)
            return
        }
        if case .refused(.start(let request), let reason) = news, !dialog.started(request) {
            // Of a dialog that was closed meanwhile, and not of this one.
            say("\(request.name): \(reason)")
            return
        }
        dialog.take(news)
        prompt = .start(dialog)
    }
}
