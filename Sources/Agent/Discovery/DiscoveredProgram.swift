/// A program that listens or writes logs: all its processes that bear one name and belong to one unit or container.
package struct DiscoveredProgram: Sendable, Equatable {
    package let name: String
    /// The unit or container; "" where there is none.
    package let owner: String
    package var exe: String
    package var processes: Int
    package var ports: Set<UInt16>

    /// Whether it listens, or belongs to a unit or a container; a user's shell and what it started do not.
    package var isService: Bool {
        !ports.isEmpty || !owner.isEmpty && !owner.hasSuffix(".scope") && !owner.hasPrefix("user@")
    }
}

/// A log that was found, and what is known of it.
package struct DiscoveredLog: Sendable, Equatable {
    /// What it is called on the Traffic screen.
    package let service: String
    package let path: String
    /// Removed while its writer still has it open.
    package let isDeleted: Bool
    /// Why this user may not read it, and what to do; nil where it may be read.
    package var refusal: String?
    /// Whether a program that listens writes it, a unit, a container, or a server by its package's defaults: others' files
    /// are no logs of services, whatever is in them.
    package let isOfService: Bool
    /// Lines that were looked at: at most the first 48 KiB.
    package var lines = 0
    /// How it is written, "" where no format fits.
    package var format = ""
    /// 0...1.
    package var confidence = 0.0
    /// The container whose standard output it is.
    package var container: String?
    /// What its server's configuration says of it.
    package var configured: ServerLog?
    /// Whether its lines are as the configuration says; nil where there is nothing to tell it by.
    package var isAsConfigured: Bool?

    /// What stands behind `format =` for it.
    package var choice: String {
        guard let configured, configured.kind == .access, isAsConfigured != false else { return "auto" }
        return configured.format
    }

    package var isReadable: Bool { refusal == nil && !isDeleted }

    /// Whether the agent follows it when nobody told it what to follow. The format of a log that has hardly a line is told
    /// when more come.
    package var isFollowed: Bool {
        isReadable && isOfService
            && (lines < Discovery.tellingLines || confidence >= Discovery.confidenceMin)
    }

    /// Left out of the list and counted: no service's, and nothing that reads like a log.
    package var isNoise: Bool { !isOfService && confidence < Discovery.confidenceMin }
}
