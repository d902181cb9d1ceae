package import Canvas
package import Fleet
package import Telemetry
package import Text

/// The screens there are.
package enum ScreenID: Hashable, Sendable, CaseIterable {
    case fleet
    case host
    case traffic
    case alerts
    case deploys
    case logs

    /// What tabs and documents call it.
    package var title: String {
        switch self {
        case .fleet: "Fleet"
        case .host: "Host"
        case .traffic: "Traffic"
        case .alerts: "Alerts"
        case .deploys: "Deploys"
        case .logs: "Logs"
        }
    }

    /// The key that opens it.
    package var key: Character {
        switch self {
        case .fleet: "1"
        case .host: "3"
        case .traffic: "4"
        case .alerts: "5"
        case .deploys: "6"
        case .logs: "7"
        }
    }

    /// The shortest distance of the points that it draws, in milliseconds.
    package var stepMilliseconds: Int64 {
        switch self {
        case .fleet, .alerts: FleetScreen.stepMilliseconds
        case .host: TimeCursor.steps[0]
        case .traffic: TrafficScreen.stepMilliseconds
        case .deploys: DeploysScreen.stepMilliseconds
        case .logs: LogsScreen.stepMilliseconds
        }
    }

    /// How many of them it draws.
    package var windowSteps: Int64 {
        switch self {
        case .fleet, .alerts: FleetScreen.windowSteps
        case .host: HostScreen.windowSteps
        case .traffic: TrafficScreen.windowSteps
        case .deploys: DeploysScreen.windowSteps
        case .logs: LogsScreen.windowSteps
        }
    }
}

/// What is between the chrome: a value with its own selection, order and scrolling.
///
/// The dashboard calls ``refresh(_:)`` after every message and before ``draw(on:in:_:)``, so that drawing only reads.
package protocol Screen: Sendable {
    static var id: ScreenID { get }

    /// The host that a shell or `enter` would go to.
    func subject(_ context: ScreenContext) -> HostID?
    /// Brings order, selection and scrolling up to date with the data, the query and the size.
    mutating func refresh(_ context: ScreenContext)
    /// Does what a command says; those that ``CommandTable`` lists for the screen arrive here, `open` before the
    /// dashboard acts on it. Returns whether it did something.
    mutating func perform(_ command: Command, _ context: ScreenContext) -> Bool
    /// Selects what was clicked, in cells of the whole screen.
    mutating func click(x: Int, y: Int, _ context: ScreenContext)
    /// What the rows can be sorted by, as the sort picker lists it, and which of them it is; nil where nothing is.
    func sortChoices(_ context: ScreenContext) -> (titles: [SafeText], current: Int)?
    mutating func sort(by choice: Int, _ context: ScreenContext)
    /// How many rows match the query, of how many; nil where rows are not filtered.
    func counts(_ context: ScreenContext) -> (shown: Int, total: Int)?
    /// What the query bar completes: the values that rows have, by attribute, and the signals they can be compared by.
    func completions(_ context: ScreenContext) -> (attributes: [String: [String]], signals: [Signal])
    /// For the breadcrumb in row 1, from the left: `1284 hosts   X 3 crit`.
    func headline(_ context: ScreenContext) -> [TextLine.Span]
    /// All that matters, in words, for terminals too small for a screen: the most important first.
    func summary(_ context: ScreenContext) -> [TextLine.Span]
    func draw(on buffer: inout CellBuffer, in rect: Rect, _ context: ScreenContext)
    /// Closes what is open over its rows; false where nothing is.
    mutating func close() -> Bool
    /// Where the screen has columns of time that those of the time bar are to stand under, and how many; nil where it has none.
    func timeColumns(_ context: ScreenContext) -> (indent: Int, width: Int)?
}

extension Screen {
    package mutating func close() -> Bool { false }

    package func timeColumns(_ context: ScreenContext) -> (indent: Int, width: Int)? { nil }

    package func counts(_ context: ScreenContext) -> (shown: Int, total: Int)? { nil }

    package func completions(_ context: ScreenContext) -> (attributes: [String: [String]], signals: [Signal])
    {
        ([:], [])
    }
}
