import Glibc
import NIOCore

/// A program that is run to its end for its answer.
struct ShortRun: Sendable {
    /// As from waitpid(2); nil where it took too long and was ended.
    let status: Int32?
    /// The end of what it wrote, 64 KiB of output and 4 of errors.
    let output: String
    let errors: String

    var isWell: Bool { status == 0 }

    private static let outputBytesMax = 65_536
    private static let firstPauseMilliseconds: Int64 = 2
    private static let pauseMillisecondsMax: Int64 = 25
    /// For what a program that left a child behind wrote last.
    private static let lastWordsMilliseconds: Int64 = 50

    /// Runs `words` for `milliseconds` at most, with nothing to read. What it leaves in the background is not waited for.
    static func run(
        _ words: [String], milliseconds: Int64, group: any EventLoopGroup
    ) async throws(HubError) -> ShortRun {
        let child = try ChildProcess.start(words)
        close(child.input)
        let output = ErrorTail(bytesMax: outputBytesMax)
        let errors = ErrorTail()
        let status = await withTaskGroup(of: Void.self) { tasks in
            tasks.addTask { await output.read(child.output, group: group) }
            tasks.addTask { await errors.read(child.errors, group: group) }
            let status = await end(of: child, milliseconds: milliseconds)
            tasks.addTask { try? await Task.sleep(for: .milliseconds(lastWordsMilliseconds)) }
            await tasks.next()
            await tasks.next()
            tasks.cancelAll()
            return status
        }
        return ShortRun(status: status, output: output.text, errors: errors.text)
    }

    /// Its status, or nil and its end where it takes too long, or nobody wants to know any more.
    private static func end(of child: ChildProcess, milliseconds: Int64) async -> Int32? {
        let deadline = Clock.steadyMilliseconds() + milliseconds
        var pause = firstPauseMilliseconds
        var status: Int32 = 0
        while true {
            if waitpid(child.pid, &status, WNOHANG) == child.pid { return status }
            guard Clock.steadyMilliseconds() < deadline, !Task.isCancelled else {
                _ = await child.end()
                return nil
            }
            try? await Task.sleep(for: .milliseconds(pause))
            pause = min(pause * 2, pauseMillisecondsMax)
        }
    }
}
