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
