/// What a network device's name says of whom it reaches.
package enum NetworkDevice: Sendable {
    /// Other machines, as far as its name says.
    case outer
    /// The host's own containers and virtual machines, whose bytes to other machines the outer device counts once more.
    case inner
    /// The host itself.
    case loopback

    /// The names are those that the kernel, Docker, libvirt, QEMU and the usual container networks give.
    package init(_ name: String) {
        if name == "lo" {
            self = .loopback
        } else if [
            "veth", "docker", "podman", "br-", "virbr", "vnet", "tap", "lxc", "lxdbr", "cni", "flannel",
            "cali", "cilium", "weave",
        ]
        .contains(where: name.hasPrefix) {
            self = .inner
        } else {
            self = .outer
        }
    }
}
