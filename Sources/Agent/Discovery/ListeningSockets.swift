/// TCP sockets that listen, by inode: lines of /proc/net/tcp and tcp6, proc_pid_net(5).
///
///     sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
///      0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 41802 …
struct ListeningSockets {
    private(set) var ports: [UInt64: UInt16] = [:]

    /// A longer table is read so far; a line has 150 bytes.
    private static let tableBytesMax = 1 << 20
    private static let socketsMax = 4096

    init(_ paths: AgentPaths) {
        for name in ["net/tcp", "net/tcp6"] {
            guard let bytes = DiscoveryFiles.bytes(paths.proc(name), limit: Self.tableBytesMax) else {
                continue
            }
            for line in bytes.split(separator: 0x0A) { take(line) }
        }
    }

    private mutating func take(_ line: ArraySlice<UInt8>) {
        let fields = line.split(separator: 0x20, maxSplits: 10)
        guard fields.count >= 10, Array(fields[3]) == Array("0A".utf8), ports.count < Self.socketsMax,
            let colon = fields[1].lastIndex(of: UInt8(ascii: ":")),
            let port = UInt16(String(decoding: fields[1][(colon + 1)...], as: UTF8.self), radix: 16),
            let inode = UInt64(String(decoding: fields[9], as: UTF8.self))
        else { return }
        ports[inode] = port
    }

    /// The port of a descriptor's link, as `socket:[41802]`; nil where it does not listen.
    func port(ofLink link: String) -> UInt16? {
        guard link.hasPrefix("socket:["), link.hasSuffix("]"),
            let inode = UInt64(link.dropFirst("socket:[".count).dropLast())
        else { return nil }
        return ports[inode]
    }
}
