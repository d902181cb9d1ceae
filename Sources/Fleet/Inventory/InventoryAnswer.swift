/// Hosts that an inventory command knows; what it says of them counts less than all that hosts.yaml says.
package struct InventoryAnswer: Hashable, Sendable {
    /// What the command says of one host.
    package struct Host: Hashable, Sendable {
        package var groups: Set<String> = []
        package var settings = HostSettings()

        package init() {}
    }

    package var hosts: [String: Host] = [:]
    /// What was left out and why, for people.
    package var remarks: [String] = []

    package init() {}
}
