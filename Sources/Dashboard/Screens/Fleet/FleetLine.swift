import Telemetry

/// A line of the fleet table.
enum FleetLine: Hashable, Sendable {
    /// A group by its place among the groups, folded or not.
    case group(Int)
    /// A host by its place in the list.
    case host(Int)
}

/// What a line is about, whatever place it has: selection and marks stay with it.
enum FleetLineID: Hashable, Sendable {
    case group(String)
    case host(HostID)
}
