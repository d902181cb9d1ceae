package import Text

/// The kinds of control groups that the host screen lists.
package enum GroupKind: String, Hashable, Sendable, CaseIterable {
    case unit, container

    /// What the tab and the first column say.
    package var title: SafeText {
        switch self {
        case .unit: "units"
        case .container: "containers"
        }
    }
}
