/// A folder of sysfs with an entry a device: listed again each round, and looked into only when it changed.
struct DeviceFolder: ~Copyable {
    private var folder: ProcFolder
    private let buffer: ProbeBuffer
    /// Only entries that begin so.
    private let prefix: StaticString
    private var fingerprint: UInt64?

    init(_ path: String, prefix: StaticString = "", _ buffer: ProbeBuffer) {
        folder = ProcFolder(path)
        self.buffer = buffer
        self.prefix = prefix
    }

    var path: String { folder.path }

    /// The devices' names in order when they are others than at the last call, else nil.
    mutating func changed() throws(ProbeError) -> [String]? {
        var found: UInt64 = 1
        let prefix = prefix
        try folder.list(buffer) { bytes, name in
            // The order in which a folder lists its entries is nobody's promise: a sum does not see it.
            if Fields.starts(prefix, bytes, name.lowerBound) { found &+= Self.hash(bytes, name) }
        }
        guard found != fingerprint else { return nil }
        fingerprint = found
        return try folder.names(buffer).filter { $0.utf8.starts(with: String(describing: prefix).utf8) }
    }

    /// FNV-1a, 64 bits.
    private static func hash(_ bytes: Span<UInt8>, _ range: Range<Int>) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for place in range { hash = (hash ^ UInt64(bytes[place])) &* 0x0000_0100_0000_01B3 }
        return hash
    }
}
