import CLinux
import Glibc

/// Starts a child whose standard output is read without waiting; its other streams are closed to it.
enum OutputChild {
    /// Bytes that a pipe takes at once, so that nobody waits for a child that does not read.
    static let inputBytesMax = 4096

    /// The child and our end of its output; nil where none can be started. The program is looked for on PATH. It finds
    /// the first `inputBytesMax` bytes of `input` on its standard input, and then its end.
    static func start(_ arguments: [String], input: [UInt8] = []) -> (pid: Int32, output: Int32)? {
        var ends: [3 of Int32] = [-1, -1, -1]
        let pid = unsafe withWords(arguments) { words in
            unsafe withUnsafeMutableBytes(of: &ends) { ends in
                unsafe clinux_spawn(words, ends.baseAddress!.assumingMemoryBound(to: Int32.self))
            }
        }
        guard pid > 0 else { return nil }
        if !input.isEmpty {
            _ = unsafe input.prefix(inputBytesMax).withUnsafeBytes {
                unsafe write(ends[0], $0.baseAddress, $0.count)
            }
        }
        close(ends[0])
        close(ends[2])
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        return (pid, ends[1])
    }

    /// The arguments as execve(2) wants them, for as long as `body` runs.
    private static func withWords(
        _ arguments: [String], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Int32
    ) -> Int32 {
        let words = UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>.allocate(
            capacity: arguments.count + 1)
        unsafe words.initialize(repeating: nil)
        for place in arguments.indices { unsafe words[place] = unsafe strdup(arguments[place]) }
        defer {
            for place in arguments.indices { unsafe free(words[place]) }
            unsafe words.deallocate()
        }
        return unsafe body(words.baseAddress!)
    }
}
