import CLinux
import Glibc
import Wire

/// A second stream beside the process that samples this host: passes bytes both ways and nothing else, so that whatever
/// is read and counted is so once, whoever looks.
struct Relay {
    private let connection: Int32

    private static let bufferBytes = 64 << 10
    /// How long the other end may take for its farewell.
    private static let farewellMilliseconds: Int32 = 1500

    /// Connects to the first of these folders in which somebody listens that we may talk to; nil where none is.
    static func join(_ folders: [String]) -> Relay? {
        for folder in folders {
            let connection = unsafe clinux_connect_unix(Recording.socket(in: folder))
            if connection >= 0 { return Relay(connection: connection) }
        }
        return nil
    }

    /// Runs until either end is gone or a signal comes; the exit status.
    func run(_ arguments: AgentArguments) -> Int32 {
        let signals = clinux_signals()
        guard signals >= 0 else { return 71 }
        var output = Output(isText: arguments.isText, ticks: arguments.ticks)
        var isHeard = StandardStream.canGiveOrders(0)
        var isEnding = false
        var orders = [UInt8](repeating: 0, count: Self.bufferBytes)
        while true {
            var waiting = [
                pollfd(fd: connection, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isHeard ? 0 : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isEnding ? -1 : signals, events: Int16(POLLIN), revents: 0),
            ]
            let timeout = isEnding ? Self.farewellMilliseconds : -1
            let ready = unsafe waiting.withUnsafeMutableBufferPointer {
                unsafe poll($0.baseAddress, 3, timeout)
            }
            if ready == 0 { return 0 }
            if ready < 0 { continue }
            if waiting[0].revents != 0, !output.pass(from: connection) { return 0 }
            if waiting[1].revents != 0, !passOrders(&orders) {
                isHeard = false
                isEnding = true
            }
            if waiting[2].revents != 0 || output.isDone { isEnding = true }
            // The other end says goodbye, and closes.
            if isEnding { shutdown(connection, Int32(SHUT_WR)) }
        }
    }

    /// False when standard input or the other end is gone. Orders are few and small: the socket has room for them, or
    /// its reader is stuck.
    private func passOrders(_ buffer: inout [UInt8]) -> Bool {
        let count = unsafe buffer.withUnsafeMutableBytes { unsafe read(0, $0.baseAddress, $0.count) }
        if count < 0 { return errno == EINTR || errno == EAGAIN }
        guard count > 0 else { return false }
        var done = 0
        while done < count {
            let sent = unsafe buffer.withUnsafeBytes {
                unsafe clinux_send(connection, $0.baseAddress! + done, count - done)
            }
            if sent > 0 {
                done += sent
            } else if sent == Int(-EAGAIN) {
                var room = pollfd(fd: connection, events: Int16(POLLOUT), revents: 0)
                guard unsafe poll(&room, 1, Self.farewellMilliseconds) > 0 else { return false }
            } else if sent != Int(-EINTR) {
                return false
            }
        }
        return true
    }

    /// Standard output: frames as they come, or their text; counts ticks where only so many are wanted.
    private struct Output {
        private var text: FrameText?
        private let ticksMax: UInt64
        private var counter = FrameDecoder()
        private var ticks: UInt64 = 0
        private var buffer = [UInt8](repeating: 0, count: Relay.bufferBytes)

        init(isText: Bool, ticks: UInt64) {
            text = isText ? FrameText() : nil
            ticksMax = ticks
        }

        var isDone: Bool { ticksMax > 0 && ticks >= ticksMax }

        /// Passes on what the other end has sent; false when either end is gone. Waits for the reader, who may be slow.
        mutating func pass(from connection: Int32) -> Bool {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe read(connection, $0.baseAddress, $0.count)
            }
            if count < 0 { return errno == EINTR || errno == EAGAIN }
            guard count > 0 else { return false }
            let received = buffer
            let bytes = received.span.extracting(0..<count)
            if ticksMax > 0 { countTicks(bytes) }
            if text != nil {
                let lines = Array((text?.lines(for: bytes) ?? "").utf8)
                return CommandOutput.deliver(lines, lines.count)
            }
            return CommandOutput.deliver(received, count)
        }

        private mutating func countTicks(_ bytes: Span<UInt8>) {
            counter.append(bytes)
            while let message = (try? counter.next()) ?? nil {
                if case .tick(let tick) = message, !tick.isLate { ticks += 1 }
            }
        }
    }
}
