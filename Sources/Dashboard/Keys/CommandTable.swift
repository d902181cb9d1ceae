package import Canvas
import Text

/// The one table of commands: keys, help, palette, hints and docs/keys.md come from it.
///
/// Keys are those of `docs/keys.md`; ctrl-a, b, s, q and o belong to tmux, screen and flow control and are never bound.
package enum CommandTable {
    package static let entries: [CommandEntry] = screens + rows + order + time + other

    /// What a key means on a screen; nil where it means nothing.
    package static func command(for press: KeyPress, on screen: ScreenID, isReadOnly: Bool = false)
        -> Command?
    {
        guard let entry = byKey[press.plain]?.first(where: { $0.screens.contains(screen) }) else {
            return nil
        }
        return isReadOnly && entry.danger > .view ? nil : entry.command
    }

    /// The commands of a screen in the table's order.
    package static func entries(on screen: ScreenID, isReadOnly: Bool = false) -> [CommandEntry] {
        entries.filter { $0.screens.contains(screen) && !(isReadOnly && $0.danger > .view) }
    }

    package static func entry(_ command: Command) -> CommandEntry? {
        byCommand[command]
    }

    private static let byCommand = Dictionary(
        entries.map { ($0.command, $0) }, uniquingKeysWith: { first, _ in first })

    private static let byKey: [KeyPress: [CommandEntry]] = {
        var byKey: [KeyPress: [CommandEntry]] = [:]
        for entry in entries {
            for key in entry.keys { byKey[key, default: []].append(entry) }
        }
        return byKey
    }()

    private static func key(_ character: Character) -> KeyPress { KeyPress(.character(character)) }
    private static func key(_ key: Key) -> KeyPress { KeyPress(key) }

    private static let screens: [CommandEntry] = [
        CommandEntry(.showFleet, [key("1")], in: .screens, "fleet", "all hosts in one table"),
        CommandEntry(.showHost, [key("3")], in: .screens, "host", "the selected host in detail"),
        CommandEntry(
            .showTraffic, [key("4")], in: .screens, "traffic",
            "requests, errors and latencies of services; again, of all hosts"),
        CommandEntry(
            .showAlerts, [key("5")], in: .screens, "alerts", "what fires, whose it is, and why"),
        CommandEntry(
            .showDeploys, [key("6")], in: .screens, "deploys",
            "what was deployed and started, and what became of the hosts that it changed"),
        CommandEntry(
            .showLogs, [key("7")], in: .screens, "logs",
            "log lines of the marked or shown hosts; again, of all"),
        CommandEntry(
            .open, [key(.enter)], on: [.fleet, .traffic, .alerts, .deploys, .logs], in: .screens, "open",
            "open the row; in Alerts what it is about, or fold; in Deploys the rollout, the host or the minutes; in Traffic the lines, then Logs; in Logs the whole line"
        ),
        CommandEntry(
            .back, [key("q"), KeyPress(.function(10))], in: .screens, "back",
            "back; at the first screen, leave"),
        CommandEntry(
            .cancel, [key(.escape)], in: .screens, "cancel",
            "close what is open, clear the filter, then the marks, then go back; never leaves the past"),
        CommandEntry(
            .quit, [.control("c")], in: .screens, "leave",
            "end the screen at once; the hub and its history go on"),
    ]

    private static let rows: [CommandEntry] = [
        CommandEntry(.up, [key("k"), key(.up)], in: .rows, "up", "one row up"),
        CommandEntry(.down, [key("j"), key(.down)], in: .rows, "down", "one row down"),
        CommandEntry(.halfPageUp, [.control("u")], in: .rows, "half up", "half a page up"),
        CommandEntry(.halfPageDown, [.control("d")], in: .rows, "half down", "half a page down"),
        CommandEntry(.pageUp, [key(.pageUp)], in: .rows, "page up", "a page up"),
        CommandEntry(.pageDown, [key(.pageDown)], in: .rows, "page down", "a page down"),
        CommandEntry(.first, [key("g"), key(.home)], in: .rows, "first", "the first row"),
        CommandEntry(.last, [key("G"), key(.end)], in: .rows, "last", "the last row"),
        CommandEntry(.left, [key("h"), key(.left)], in: .rows, "left", "left"),
        CommandEntry(.right, [key("l"), key(.right)], in: .rows, "right", "right"),
        CommandEntry(.nextPane, [key(.tab)], on: [.host, .traffic], in: .rows, "pane", "the next pane"),
        CommandEntry(
            .previousPane, [key(.backTab)], on: [.host, .traffic], in: .rows, "pane back", "the previous pane"
        ),
        CommandEntry(
            .nextTrouble, [key("n")], on: [.fleet, .traffic, .alerts, .deploys], in: .rows, "next not well",
            "the next row that is not well"),
        CommandEntry(
            .previousTrouble, [key("N")], on: [.fleet, .traffic, .alerts, .deploys], in: .rows,
            "previous not well", "the previous row that is not well"),
        CommandEntry(
            .search, [key("/"), KeyPress(.function(3))], on: [.logs], in: .rows, "search",
            "look for a text in the lines, which all stay"),
        CommandEntry(.nextHit, [key("n")], on: [.logs], in: .rows, "next hit", "the next line that has it"),
        CommandEntry(
            .previousHit, [key("N")], on: [.logs], in: .rows, "previous hit", "the line before that has it"),
        CommandEntry(
            .nextError, [key("e")], on: [.logs], in: .rows, "next error",
            "the next line that tells of an error"),
        CommandEntry(
            .previousError, [key("E")], on: [.logs], in: .rows, "previous error",
            "the line before that tells of an error"),
        CommandEntry(
            .nextWarning, [key("w")], on: [.logs], in: .rows, "next warning", "the next warning or error"),
        CommandEntry(
            .previousWarning, [key("W")], on: [.logs], in: .rows, "previous warning",
            "the warning or error before"),
        CommandEntry(
            .level, [key("L")], on: [.logs], in: .rows, "level",
            "show all lines, warnings and errors, or errors alone, in turn"),
        CommandEntry(
            .wrap, [.control("w")], on: [.logs], in: .rows, "wrap", "show long lines whole, or one row each"),
        CommandEntry(
            .follow, [key("F")], on: [.logs], in: .rows, "follow", "stay at the newest line, or stop that"),
        CommandEntry(
            .filterLines, [KeyPress(.function(4)), key("\\")], on: [.logs], in: .rows, "filter",
            "show only lines that match: host=web1 level=error timeout"),
        CommandEntry(
            .moreContext, [key("+")], on: [.logs], in: .rows, "more context",
            "one more line of the same host around each that the filter keeps"),
        CommandEntry(
            .lessContext, [key("-")], on: [.logs], in: .rows, "less context", "one line less around each"),
        CommandEntry(
            .query, [key("/"), KeyPress(.function(3)), KeyPress(.function(4))], on: filtered,
            in: .rows, "filter", "show only rows that match: role=web cpu > 60% not canary"),
    ]

    /// Screens whose rows have an order of their own.
    private static let tables: Set<ScreenID> = [.fleet, .host, .traffic]
    private static let filtered = tables.union([.alerts])

    private static let order: [CommandEntry] = [
        CommandEntry(
            .pickSort, [key("s"), KeyPress(.function(6))], on: tables, in: .order, "sort",
            "pick the column to sort by"),
        CommandEntry(
            .sortLeft, [key("<")], on: tables, in: .order, "sort left", "sort by the column to the left"),
        CommandEntry(
            .sortRight, [key(">")], on: tables, in: .order, "sort right", "sort by the column to the right"),
        CommandEntry(.invertSort, [key("I")], on: tables, in: .order, "invert", "turn the order round"),
        CommandEntry(.sortByCPU, [key("P")], on: [.host], in: .order, "by CPU", "sort processes by CPU"),
        CommandEntry(
            .sortByMemory, [key("M")], on: [.host], in: .order, "by memory", "sort processes by memory"),
        CommandEntry(
            .sortByTime, [key("T")], on: [.host], in: .order, "by time", "sort processes by CPU time"),
        CommandEntry(
            .tree, [key("t"), KeyPress(.function(5))], on: filtered, in: .order, "tree",
            "hosts by group, alerts by rule, or processes as a tree; in Traffic by route, host, status, method"
        ),
        CommandEntry(
            .freeze, [key("f")], on: [.traffic], in: .order, "freeze scale",
            "keep the heatmap's colours and rows as they are, or let them follow"),
        CommandEntry(.mark, [key(" ")], on: [.fleet], in: .order, "mark", "mark the row, or unmark it"),
        CommandEntry(.clearMarks, [key("u")], on: [.fleet], in: .order, "unmark", "clear all marks"),
    ]

    private static let time: [CommandEntry] = [
        CommandEntry(
            .pause, [key("p"), key("=")], in: .time, "pause", "stand still at this moment, or go live again"),
        CommandEntry(.stepBack, [key(","), key("[")], in: .time, "back in time", "one step back in time"),
        CommandEntry(.stepForward, [key("."), key("]")], in: .time, "forward", "one step forward in time"),
        CommandEntry(.leapBack, [key("{")], in: .time, "ten back", "ten steps back in time"),
        CommandEntry(.leapForward, [key("}")], in: .time, "ten forward", "ten steps forward in time"),
        CommandEntry(
            .previousEvent, [key("(")], in: .time, "event before",
            "the last event before: an alert, a deploy, an action, a note, a silence, a start, a failed unit, a process killed for want of memory"
        ),
        CommandEntry(.nextEvent, [key(")")], in: .time, "event after", "the next event after"),
        CommandEntry(.zoomIn, [key("z")], in: .time, "zoom in", "a shorter step, so less time in the graphs"),
        CommandEntry(
            .zoomOut, [key("Z")], in: .time, "zoom out", "a longer step, so more time in the graphs"),
        CommandEntry(
            .jump, [key("@")], in: .time, "jump",
            "go to a moment: 10:05, -3m, yesterday 02:41, now, an alert's id"),
    ]

    /// Screens on which an alert can be meant.
    private static let alerting: Set<ScreenID> = [.fleet, .host, .alerts]

    private static let other: [CommandEntry] = [
        CommandEntry(
            .shell, [key("!")], danger: .reversible, in: .other, "shell",
            "a shell on the selected host over ssh, on this machine a local one; exit comes back"),
        CommandEntry(
            .action, [key("x"), KeyPress(.function(9))], on: [.fleet, .host, .deploys], danger: .reversible,
            in: .other, "actions",
            "start what the marked or selected hosts declare, or decide about the selected rollout; asks first"
        ),
        CommandEntry(
            .forget, [], on: [.fleet, .host], danger: .reversible, in: .other, "forget",
            "end the watch of the marked or selected hosts, which hosts.yaml must not name"
        ),
        CommandEntry(
            .startRollout, [key("s")], on: [.deploys], danger: .reversible, in: .other, "start",
            "start a rollout of rollouts.yaml: its values, the plan, then a question by its danger"),
        CommandEntry(
            .pauseRollout, [key("P")], on: [.deploys], danger: .reversible, in: .other, "hold it",
            "pause the rollout: no more hosts are started until somebody says so"),
        CommandEntry(
            .resumeRollout, [key("C")], on: [.deploys], danger: .reversible, in: .other, "go on",
            "go on with a rollout that is paused, or approve what it is held for"),
        CommandEntry(
            .rollBack, [key("B")], on: [.deploys], danger: .reversible, in: .other, "roll back",
            "bring the old version again to all hosts that the rollout touched"),
        CommandEntry(
            .abortRollout, [key("A")], on: [.deploys], danger: .reversible, in: .other, "abort",
            "end the rollout where it is; nothing is taken back"),
        CommandEntry(
            .acknowledge, [key("a")], on: alerting, danger: .reversible, in: .other, "ack",
            "take on the selected alert, all of a rule's row, or the worst of the selected host; "
                + "a note may go with it"),
        CommandEntry(
            .silence, [key("S")], on: alerting, danger: .reversible, in: .other, "silence",
            "mute alerts for a time; shows what that hides before it does"),
        CommandEntry(
            .note, [key("i")], on: alerting, danger: .reversible, in: .other, "note",
            "a line on everybody's time bar and in the hand-over"),
        CommandEntry(
            .runbook, [key("R")], on: alerting, in: .other, "runbook", "the runbook of the alert or the host"),
        CommandEntry(
            .handover, [key("y")], on: [.alerts], in: .other, "hand-over",
            "what the next shift must know, to read and to copy"),
        CommandEntry(.palette, [key(":")], in: .other, "command", "find a command by its name"),
        CommandEntry(
            .help, [key("?"), KeyPress(.function(1))], in: .other, "keys", "the keys of this screen"),
        CommandEntry(
            .mouse, [], in: .other, "mouse", "turn the mouse on or off; while on, hold shift to select text"),
        CommandEntry(.repaint, [.control("l")], in: .other, "repaint", "draw the whole screen anew"),
        CommandEntry(.suspend, [.control("z")], in: .other, "suspend", "stop this job; fg brings it back"),
    ]
}
