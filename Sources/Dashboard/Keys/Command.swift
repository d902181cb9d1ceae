/// Everything that a person can tell the dashboard to do, by the name under which the palette, help and documents know it.
///
/// ``CommandTable`` says which keys mean it, where, and what it does. Only commands that exist are here.
package enum Command: String, Hashable, Sendable, CaseIterable {
    // Performed by the dashboard itself.
    case showFleet = "fleet"
    case showHost = "host"
    case showTraffic = "traffic"
    case showDeploys = "deploys"
    case showLogs = "logs"
    case showAlerts = "alerts"
    case acknowledge = "ack"
    case silence
    case note
    case handover
    case runbook
    case startRollout = "start-rollout"
    case pauseRollout = "pause-rollout"
    case resumeRollout = "resume-rollout"
    case abortRollout = "abort-rollout"
    case rollBack = "roll-back"
    case open
    case back
    case cancel
    case quit
    case help = "keys"
    case palette = "commands"
    case query = "filter"
    case shell
    case action
    case forget
    case suspend
    case repaint
    case mouse
    case pause
    case stepBack = "step-back"
    case stepForward = "step-forward"
    case leapBack = "leap-back"
    case leapForward = "leap-forward"
    case previousEvent = "previous-event"
    case nextEvent = "next-event"
    case zoomIn = "zoom-in"
    case zoomOut = "zoom-out"
    case jump
    case pickSort = "sort"

    // Routed to the screen that is shown.
    case up
    case down
    case pageUp = "page-up"
    case pageDown = "page-down"
    case halfPageUp = "half-page-up"
    case halfPageDown = "half-page-down"
    case first
    case last
    case left
    case right
    case nextPane = "next-pane"
    case previousPane = "previous-pane"
    case sortLeft = "sort-left"
    case sortRight = "sort-right"
    case invertSort = "invert"
    case sortByCPU = "sort-cpu"
    case sortByMemory = "sort-memory"
    case sortByTime = "sort-time"
    case tree
    case mark
    case clearMarks = "clear-marks"
    case nextTrouble = "next-trouble"
    case previousTrouble = "previous-trouble"
    case freeze
    case search
    case nextHit = "next-hit"
    case previousHit = "previous-hit"
    case follow
    case filterLines = "filter-lines"
    case moreContext = "more-context"
    case lessContext = "less-context"
    case nextError = "next-error"
    case previousError = "previous-error"
    case nextWarning = "next-warning"
    case previousWarning = "previous-warning"
    case level
    case wrap
}
