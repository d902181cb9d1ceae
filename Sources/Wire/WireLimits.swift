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
