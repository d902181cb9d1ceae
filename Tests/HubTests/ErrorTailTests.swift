import Dispatch
import Glibc
import Hub
import NIOPosix
import Testing

@Suite(.timeLimit(.minutes(3))) struct `What a child says of errors` {
    @Test func `is read slowly where it floods, and its end is kept`() async throws {
        var ends: [Int32] = [-1, -1]
        // Programs of other tests must not keep its end.
        #expect(pipe(&ends) == 0)
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        let (reading, writing) = (ends[0], ends[1])
        let tail = ErrorTail()
        async let end: Void = tail.read(reading, group: MultiThreadedEventLoopGroup.singleton)
        // As fast as the pipe takes it, for a second; on a thread of its own, since it waits in poll(2).
        let written = await withCheckedContinuation { continuation in
            DispatchQueue.global().async { continuation.resume(returning: flood(writing, seconds: 1)) }
        }
        await end
        #expect(written > 0 && written < 8 << 20, "\(written) bytes")
        #expect(tail.text.hasSuffix("the end"))
        #expect(tail.text.utf8.count == 4096)
    }
}

/// Writes to a pipe for so long, then its last words; how much it took.
private func flood(_ descriptor: Int32, seconds: Double) -> Int {
    let block = [UInt8](repeating: 0x78, count: 65_536)
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
    let deadline = ContinuousClock.now + .seconds(seconds)
    var written = 0
    while ContinuousClock.now < deadline {
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, 10)
        written += max(0, write(descriptor, block, block.count))
    }
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) & ~O_NONBLOCK)
    let words = Array("the end".utf8)
    written += max(0, write(descriptor, words, words.count))
    close(descriptor)
    return written
}
