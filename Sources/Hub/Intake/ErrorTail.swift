import NIOCore
import NIOPosix
import Synchronization

/// The last 4 KiB of what a child writes to its standard error.
final class ErrorTail: Sendable {
    private static let bytesMax = 4096

    private let tail = Mutex<[UInt8]>([])

    /// What came so far.
    var text: String {
        tail.withLock { String(decoding: $0, as: UTF8.self) }
    }

    /// Reads until the end, or until its task is cancelled: a grandchild may keep the pipe open for days.
    func read(_ descriptor: Int32, group: any EventLoopGroup) async {
        do {
            let channel = try await NIOPipeBootstrap(group: group)
                .takingOwnershipOfDescriptor(input: descriptor) { channel in
                    channel.eventLoop.makeCompletedFuture {
                        try NIOAsyncChannel<ByteBuffer, Never>(wrappingChannelSynchronously: channel)
                    }
                }
            try await channel.executeThenClose { inbound, _ in
                for try await buffer in inbound { take(Array(buffer.readableBytesView)) }
            }
        } catch {
            // Whatever came before the break is the answer.
        }
    }

    private func take(_ bytes: [UInt8]) {
        tail.withLock { tail in
            tail += bytes
            if tail.count > Self.bytesMax { tail.removeFirst(tail.count - Self.bytesMax) }
        }
    }
}
