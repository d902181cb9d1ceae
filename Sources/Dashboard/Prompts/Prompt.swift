/// What is open over the screen and takes the keys; one at a time.
enum Prompt: Hashable, Sendable {
    /// The query bar; the field itself is the dashboard's, since the query stays when the bar is left.
    case query
    /// `:`, with the place of the chosen command among those that match.
    case palette(TextField, chosen: Int)
    /// `@`, with what was wrong with the last attempt.
    case jump(TextField, error: String?)
    /// A text that is looked for in lines.
    case search(TextField)
    case sort(chosen: Int)
    /// `x`: what may be started on some hosts.
    case action(ActionDialog)
    /// What somebody does about alerts.
    case alert(AlertDialog)
    /// What somebody says to a rollout.
    case rollout(RolloutDialog)
    /// What somebody starts.
    case start(StartDialog)
    /// Help, scrolled to a line.
    case help(firstLine: Int)
}
