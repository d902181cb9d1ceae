package import NIOCore
import NIOPosix
import Synchronization

/// The last 4 KiB, or as many as are wanted, of what a child writes to its standard error. One that floods it is read slowly, so that its own pipe
/// stops it and other hosts' frames are not kept waiting.
package final class ErrorTail: Sendable {
    private let bytesMax: Int
    /// Far more than anybody reads: after so many bytes nothing is read for a tenth of a second.
    private static let bytesPerPause = 65_536
    private static let pauseMilliseconds = 100

    private let tail = Mutex<[UInt8]>([])

    package init(bytesMax: Int = 4096) {
        self.bytesMax = bytesMax
    }

    /// The end of what came so far.
    package var text: String {
        tail.withLock { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads until the end, or until its task is cancelled: a grandchild may keep the pipe open for days.
    package func read(_ descriptor: Int32, group: any EventLoopGroup) async {
        do {
            let channel = try await NIOPipeBootstrap(group: group)
                .takingOwnershipOfDescriptor(input: descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, _ in
                var unpaused = 0
                for try await buffer in inbound {
                    take(Array(buffer.readableBytesView))
                    unpaused += buffer.readableBytes
                    guard unpaused >= Self.bytesPerPause else { continue }
                    unpaused = 0
                    try await Task.sleep(for: .milliseconds(Self.pauseMilliseconds))
                }
            }
        } catch {
            // Whatever came before the break is the answer.
        }
    }

    private func take(_ bytes: [UInt8]) {
        tail.withLock { tail in
            tail += bytes
            if tail.count > bytesMax { tail.removeFirst(tail.count - bytesMax) }
        }
    }
}
