import Agent
import CLinux
import Foundation
import TestSupport
import Testing

@Suite struct `The agent's standard streams` {
    /// The far end and the near end of a pseudo-terminal.
    private func terminal() throws -> (far: Int32, near: Int32) {
        let far = open("/dev/ptmx", O_RDWR | O_NOCTTY)
        try #require(far >= 0)
        var (number, lock): (UInt32, Int32) = (0, 0)
        // TIOCGPTN and TIOCSPTLCK, ioctl_tty(2).
        try #require(ioctl(far, 0x8004_5430, &number) == 0 && ioctl(far, 0x4004_5431, &lock) == 0)
        let near = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY)
        try #require(near >= 0)
        return (far, near)
    }

    @Test func `leave a terminal to the shell and the pager that share it`() throws {
        let (far, near) = try terminal()
        defer { [far, near].forEach { close($0) } }
        #expect(!StandardStream.canGiveOrders(near))
        StandardStream.makeNonblocking(near)
        #expect(fcntl(near, F_GETFL) & O_NONBLOCK == 0)
    }

    @Test func `take orders from a pipe, and from nobody where there is /dev/null`() throws {
        let pipe = Pipe()
        let descriptor = pipe.fileHandleForReading.fileDescriptor
        #expect(StandardStream.canGiveOrders(descriptor))
        StandardStream.makeNonblocking(descriptor)
        #expect(fcntl(descriptor, F_GETFL) & O_NONBLOCK != 0)
        let null = open("/dev/null", O_RDONLY)
        defer { close(null) }
        #expect(!StandardStream.canGiveOrders(null))
    }

    @Test(arguments: [(flags: ["--ticks", "2"], reason: "goodbye: 2 samples were asked for")])
    func `say at the end why it is the end`(_ row: (flags: [String], reason: String)) throws {
        let agent = try #require(Program.built("martlet-agent"))
        let words = ["-c", "exec \"$0\" stream --text --processes 0 \"$@\" </dev/null", agent] + row.flags
        let result = try Program.run("/bin/sh", words)
        #expect(result.status == 0)
        #expect(result.output.hasSuffix("\(row.reason)\n"))
    }

    /// An heir of a program that ignores SIGCHLD has its children reaped by the kernel.
    @Test func `do not wait for ever for a child that is not there`() {
        #expect(clinux_reap(getpid()) != 0)
    }
}
