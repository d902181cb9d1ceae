import Glibc

/// A TCP connection of a probe's child, which may wait: each call ends at the deadline.
struct ProbeSocket: ~Copyable {
    private let descriptor: Int32
    private let deadline: UInt64

    deinit { close(descriptor) }

    /// Connects to the first of the host's addresses that answers.
    ///
    /// Names are resolved by getent(1): a static program that calls getaddrinfo breaks where the system has modules of its own.
    static func connect(_ host: String, _ port: UInt16, before deadline: UInt64) throws(ProbeFailure)
        -> ProbeSocket
    {
        let addresses = try addresses(of: host, before: deadline)
        var last: Int32 = 0
        for address in addresses {
            guard let socket = open(address, port) else { continue }
            let failure = wait(socket.descriptor, socket.isWaiting, before: deadline)
            if failure == 0 { return ProbeSocket(descriptor: socket.descriptor, deadline: deadline) }
            close(socket.descriptor)
            last = failure
        }
        guard last != ETIMEDOUT else { throw ProbeFailure("\(host):\(port) does not answer") }
        throw ProbeFailure("\(host):\(port): \(ProbeFailure.text(last))")
    }

    /// Addresses as inet_pton(3) reads them.
    private static func addresses(of host: String, before deadline: UInt64) throws(ProbeFailure) -> [String] {
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        if isAddress(bare) { return [bare] }
        let found = ProbeProgram.run(["getent", "ahosts", "--", bare], input: [], before: deadline)
        var addresses: [String] = []
        for line in found.output.split(separator: 0x0A) {
            let word = String(decoding: line.prefix { $0 != 0x20 && $0 != 0x09 }, as: UTF8.self)
            if isAddress(word), !addresses.contains(word) { addresses.append(word) }
        }
        if addresses.isEmpty, bare == "localhost" { addresses = ["127.0.0.1", "::1"] }
        guard !addresses.isEmpty else { throw ProbeFailure("\(host) has no address") }
        return addresses
    }

    private static func isAddress(_ text: String) -> Bool {
        var bytes = [16 of UInt8](repeating: 0)
        return unsafe withUnsafeMutableBytes(of: &bytes) { space in
            unsafe (inet_pton(AF_INET, text, space.baseAddress) == 1
                || inet_pton(AF_INET6, text, space.baseAddress) == 1)
        }
    }

    private static func open(_ address: String, _ port: UInt16) -> (descriptor: Int32, isWaiting: Bool)? {
        var four = sockaddr_in()
        var six = sockaddr_in6()
        let isFour = unsafe inet_pton(AF_INET, address, &four.sin_addr) == 1
        let isSix = unsafe inet_pton(AF_INET6, address, &six.sin6_addr) == 1
        guard isFour || isSix else { return nil }
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(isFour ? AF_INET : AF_INET6, kind, 0)
        guard descriptor >= 0 else { return nil }
        let status: Int32
        if isFour {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            status = unsafe withUnsafeBytes(of: &four) { bytes in
                unsafe Glibc.connect(
                    descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(bytes.count))
            }
        } else {
            six.sin6_family = sa_family_t(AF_INET6)
            six.sin6_port = port.bigEndian
            status = unsafe withUnsafeBytes(of: &six) { bytes in
                unsafe Glibc.connect(
                    descriptor, bytes.baseAddress!.assumingMemoryBound(to: sockaddr.self),
                    socklen_t(bytes.count))
            }
        }
        return (descriptor, status != 0)
    }

    /// Waits until a connection stands; 0, or errno.
    private static func wait(_ descriptor: Int32, _ isWaiting: Bool, before deadline: UInt64) -> Int32 {
        guard isWaiting else { return 0 }
        guard isReady(descriptor, Int16(POLLOUT), before: deadline) else { return ETIMEDOUT }
        var failure: Int32 = 0
        var size = socklen_t(4)
        guard unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 else { return errno }
        return failure
    }

    static func isReady(_ descriptor: Int32, _ events: Int16, before deadline: UInt64) -> Bool {
        while true {
            let now = AgentLoop.monotonicNanoseconds()
            guard now < deadline else { return false }
            var waiting = pollfd(fd: descriptor, events: events, revents: 0)
            let count = unsafe poll(&waiting, 1, Int32(clamping: (deadline - now) / 1_000_000 + 1))
            if count > 0 { return true }
            if count < 0, errno != EINTR { return false }
        }
    }

    func send(_ bytes: [UInt8]) throws(ProbeFailure) {
        var rest = bytes[...]
        while !rest.isEmpty {
            guard Self.isReady(descriptor, Int16(POLLOUT), before: deadline) else { throw .late }
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count > 0 else { throw ProbeFailure("the connection broke: \(ProbeFailure.text(errno))") }
            rest = rest.dropFirst(count)
        }
    }

    /// Reads until the other end closes, `most` bytes are there, or `isWhole` says that nothing more is needed.
    func read(atMost most: Int, until isWhole: ([UInt8]) -> Bool) throws(ProbeFailure) -> [UInt8] {
        var bytes: [UInt8] = []
        var space = [UInt8](repeating: 0, count: 8192)
        while bytes.count < most, !isWhole(bytes) {
            guard Self.isReady(descriptor, Int16(POLLIN), before: deadline) else { throw .late }
            let count = unsafe space.withUnsafeMutableBytes {
                unsafe recv(descriptor, $0.baseAddress, $0.count, 0)
            }
            if count < 0, errno == EAGAIN || errno == EINTR { continue }
            guard count >= 0 else { throw ProbeFailure("the connection broke: \(ProbeFailure.text(errno))") }
            if count == 0 { break }
            bytes += space[..<min(count, most - bytes.count)]
        }
        return bytes
    }
}

/// Why a probe is not good.
struct ProbeFailure: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }

    static let late = ProbeFailure("no whole answer in time")

    static func text(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
