import Telemetry
import Wire

extension WireMessage {
    /// Whether its times lie between 1970 and 2200: a host may say any, and what is reckoned with them must stay far from what
    /// an Int64 holds.
    var isInReach: Bool {
        switch self {
        case .tick(let tick): tick.time.isInReach
        case .processes(_, let table): table.time.isInReach
        case .event(let event): event.time.isInReach
        case .have(let from, let to): from.isInReach && to.isInReach
        case .hello, .define, .retire, .histogram, .facts, .liveBegins, .goodbye, .subscribe, .report,
            .actions,
            .output, .past, .resume, .replay, .credit, .acknowledge, .order, .cancel, .configuration:
            true
        }
    }
}

extension Timestamp {
    fileprivate var isInReach: Bool { (0...Self.lastMilliseconds).contains(milliseconds) }

    /// nil for what no clock shows.
    var inReach: Timestamp? { isInReach ? self : nil }

    /// The first moment of 2200.
    private static let lastMilliseconds: Int64 = 7_258_118_400_000
}
