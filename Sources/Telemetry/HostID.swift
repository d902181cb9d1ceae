/// The name by which the hub knows a host: the command line's, hosts.yaml's or enrolment's.
///
/// It is the label `instance` of every series of the host. The kernel's host name and the
/// machine id are facts about a host, never its identity.
package struct HostID: Hashable, Comparable, Sendable {
    package let name: String

    package init(_ name: String) {
        self.name = name
    }

    package static func < (left: HostID, right: HostID) -> Bool {
        left.name < right.name
    }
}
