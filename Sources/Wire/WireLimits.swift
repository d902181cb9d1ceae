/// What a session may be at most. A peer that goes beyond a limit is closed with its name.
package enum WireLimits {
    /// Bytes of one frame's payload.
    package static let payloadBytes = 1 << 20
    /// Bytes of foreign text (ssh banners, login messages) skipped before the first frame.
    package static let bannerBytes = 1 << 16
    package static let groups = 1 << 16
    /// Slots of one group.
    package static let slots = 1 << 16
    /// Series of a session, over all groups.
    package static let series = 1 << 18
    /// Distinct names, label names and label values of a session.
    package static let strings = 1 << 20
    /// Bytes of one string. A definition with a longer one is refused; longer text elsewhere is cut.
    package static let stringBytes = 4096
    /// Bytes of all strings of a session's dictionary.
    package static let dictionaryBytes = 1 << 26
    package static let labels = 32
    /// Collectors that say why they do not apply.
    package static let factReasons = 256
    package static let processRows = 1 << 16
    /// Actions of one host, and parameters of one action.
    package static let actions = 256
    /// Bytes of one part of an action's output.
    package static let outputBytes = 1 << 16
    /// Bytes of a configuration that is sent to a host.
    package static let configurationBytes = 1 << 16
    /// Buckets of one histogram; `ExponentialHistogram.indexRange` holds no more.
    package static let buckets = 4096
}

/// The byte that says what a frame is.
package enum FrameKind: UInt8, Sendable, CaseIterable {
    case hello = 1
    case dictionary = 2
    case tick = 3
    case processes = 5
    case facts = 6
    case event = 7
    case liveBegins = 8
    case goodbye = 9
    case have = 10
    case report = 11
    case subscribe = 16
    case resume = 17
    case replay = 18
    case credit = 19
    case acknowledge = 20
    case order = 21
    /// A recorder's own: offsets of logs and what was counted; a link's reader passes it over.
    case epoch = 128
    /// An agent's, of orders: a hub that knows none passes them over.
    case actions = 129
    case output = 130
    /// A portion of a replay: frames within a frame.
    case past = 131
    /// A hub's, of an order: an agent that knows none goes on with it.
    case cancel = 132
    /// A hub's, for a host without an agent.conf; only to an agent that awaits one.
    case configuration = 133

    /// Kinds from here on may be passed over by a release that does not know them.
    static let firstSkippable: UInt8 = 128
}

/// The versions of the frame format that this build speaks; see docs/wire.md.
package enum WireVersion {
    package static let current: UInt8 = 1
    package static let oldest: UInt8 = 1

    /// The newest format that a peer and this build both speak; nil where there is none.
    package static func common(with peer: Hello) -> UInt8? {
        let newest = min(peer.newestVersion, current)
        return newest >= max(peer.oldestVersion, oldest) ? newest : nil
    }

    /// Why a peer without a common format is refused, by name and with the remedy.
    static func refusal(of peer: Hello, by us: String) -> String {
        "\(peer.program) \(peer.programVersion) speaks frame formats \(peer.oldestVersion) to "
            + "\(peer.newestVersion), \(us) \(oldest) to \(current); install the same release on both ends"
    }

    static func isSpoken(_ version: UInt8) -> Bool {
        version >= oldest && version <= current
    }
}
