import Canvas
import Fleet
import Telemetry
import Text

/// The state of a rollout in one character and in words, which say the same as their colour.
struct RolloutMark: Hashable {
    let text: SafeText
    let words: SafeText
    let style: Style

    /// Of one that was taken back, how that stands: `taken back`, or while it does and where it did not get there its own words.
    init(_ rollout: RolloutView) {
        words = SafeText(rollout.standing)
        if let back = rollout.takenBack {
            (text, style) =
                if !back.state.isFinal {
                    ("<", Style(.warning, bold: true))
                } else if back.isWhole {
                    ("u", Style(.silenced))
                } else {
                    ("X", Style(.critical, bold: true))
                }
            return
        }
        switch rollout.state {
        case .running: (text, style) = ("*", Style(.accent, bold: true))
        case .baking: (text, style) = ("~", Style(.accent, bold: true))
        case .held: (text, style) = ("?", Style(.warning, bold: true))
        case .paused: (text, style) = ("=", Style(.warning, bold: true))
        case .rollingBack: (text, style) = ("<", Style(.warning, bold: true))
        case .succeeded: (text, style) = ("o", Style(.good))
        case .rolledBack: (text, style) = ("<", Style(.warning))
        case .mixed, .halted: (text, style) = ("X", Style(.critical, bold: true))
        case .aborted: (text, style) = ("-", Style(.muted))
        }
    }
}

/// How far a host is, in one character and in words.
extension HostSign {
    var scalar: Unicode.Scalar {
        switch self {
        case .done: "o"
        case .undone: "u"
        case .waiting: "."
        case .watched: "~"
        case .working: "*"
        case .goingBack: "<"
        case .unknown: "?"
        case .failed: "X"
        case .stuck: "!"
        }
    }

    var text: SafeText { SafeText(String(Character(scalar))) }

    /// For the legend.
    var words: SafeText {
        switch self {
        case .done: "done"
        case .undone: "taken back"
        case .waiting: "waiting"
        case .watched: "watched"
        case .working: "busy"
        case .goingBack: "going back"
        case .unknown: "unknown"
        case .failed: "failed"
        case .stuck: "stuck"
        }
    }

    var style: Style {
        switch self {
        case .done: Style(.good)
        case .undone: Style(.silenced)
        case .waiting: Style(.muted)
        case .watched, .working: Style(.accent, bold: true)
        case .goingBack, .unknown: Style(.warning, bold: true)
        case .failed, .stuck: Style(.critical, bold: true)
        }
    }
}

/// How far a rollout is, in words: `128 of 1284 hosts have it, 3 at work, 2 failed`.
struct RolloutProgress {
    let words: SafeText

    init(_ digest: RolloutDigest) {
        let total = digest.signs.count
        var words: SafeText =
            "\(Format.integer(digest.changed.count)) of \(Format.integer(total)) \(total == 1 ? "host" : "hosts") changed"
        for (count, name) in [(digest.active, "at work"), (digest.troubled, "in trouble")]
            as [(Int, SafeText)]
        where count > 0 {
            words = "\(words), \(Format.integer(count)) \(name)"
        }
        self.words = words
    }
}

/// Until when something waits: the end of a bake, or of a hold that nobody answers.
struct RolloutCountdown {
    /// `2:13 left`, `halts in 42:10`; nil where nothing is counted.
    let words: SafeText?

    init(_ rollout: RolloutView, now: Timestamp) {
        if let until = rollout.bakesUntil, rollout.state == .baking {
            words = "\(Format.countdown(milliseconds: Self.left(until, now))) left"
        } else if let until = rollout.heldUntil, rollout.state == .held {
            words = "halts in \(Format.countdown(milliseconds: Self.left(until, now)))"
        } else {
            words = nil
        }
    }

    private static func left(_ until: Int64, _ now: Timestamp) -> Int64 {
        max(0, until.subtractingReportingOverflow(now.milliseconds).partialValue)
    }
}
