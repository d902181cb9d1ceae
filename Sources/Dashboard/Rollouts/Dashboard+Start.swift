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
        let dialog: StartDialog? = if case .start(let open) = prompt { open } else { nil }
        switch news {
        case .started(let request, let rollout):
            say("\(rollout.title) started: \(rollout.id)")
            guard dialog?.started(request) == true else { return }
            prompt = nil
            deploys.open(rollout.id)
        // Of a dialog that was closed meanwhile, though another may be open.
        case .refused(.start(let request), let reason) where dialog?.started(request) != true:
            say("\(request.name): \(reason)")
        case .definitions, .planned, .refused:
            guard var dialog else { return }
            dialog.take(news)
            prompt = .start(dialog)
        }
    }
}
