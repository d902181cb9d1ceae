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
