/// A program that listens or writes logs: all its processes that bear one name and belong to one unit or container.
package struct DiscoveredProgram: Sendable, Equatable {
    package let name: String
    /// The unit or container; "" where there is none.
    package let owner: String
    package var exe: String
    package var processes: Int
    package var ports: Set<UInt16>
}

/// A log that was found, and what is known of it.
package struct DiscoveredLog: Sendable, Equatable {
    /// What it is called on the Traffic screen.
    package let service: String
    package let path: String
    /// Removed while its writer still has it open.
    package let isDeleted: Bool
    package let isReadable: Bool
    /// The group that may read it, where this user may not; "" where that is unknown.
    package var group = ""
    /// How it is written, "" where no format fits.
    package var format = ""
    /// 0...1.
    package var confidence = 0.0

    /// Whether the agent follows it when nobody told it what to follow.
    package var isFollowed: Bool { isReadable && !isDeleted && confidence >= Discovery.confidenceMin }
}
