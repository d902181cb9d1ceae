import CLinux
import Glibc
import Synchronization

/// The agent that this machine has to give away: a static program, whose digest is taken once for as long as the file
/// stays as it is.
package final class AgentFile: Sendable {
    package let path: String
    private let known = Mutex<(mark: Mark, copy: AgentCopy)?>(nil)

    package init(_ path: String) {
        self.path = path
    }

    /// Whether the file is still the one that was looked at.
    private struct Mark: Equatable {
        let device: UInt
        let inode: UInt
        let size: Int
        let seconds: Int
        let nanoseconds: Int
    }

    /// What a copy would be, or why there can be none.
    package func copy() throws(AgentFileError) -> AgentCopy {
        let descriptor = try opened()
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw .unreadable(path: path, errno: errno) }
        let mark = Mark(
            device: UInt(status.st_dev), inode: UInt(status.st_ino), size: Int(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        if let known = known.withLock({ $0 }), known.mark == mark { return known.copy }
        let machine = try Self.machine(Self.read(descriptor, at: 0, count: Self.headBytes), path: path)
        var digest = [UInt8](repeating: 0, count: 32)
        let size = clinux_sha256(descriptor, &digest)
        guard size >= 0 else { throw .unreadable(path: path, errno: Int32(-size)) }
        let hex = digest.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let copy = AgentCopy(size: Int(size), digest: hex, machine: machine)
        known.withLock { $0 = (mark, copy) }
        return copy
    }

    /// Its bytes, in portions, as long as `take` wants more.
    package func read(_ take: ([UInt8]) async throws -> Void) async throws {
        let descriptor = try opened()
        defer { close(descriptor) }
        var offset = 0
        while true {
            let bytes = Self.read(descriptor, at: offset, count: Self.portionBytes)
            guard !bytes.isEmpty else { return }
            offset += bytes.count
            try await take(bytes)
        }
    }

    private static let portionBytes = 65_536
    /// elf(5): the header, and the program headers behind it.
    private static let headBytes = 4096

    private func opened() throws(AgentFileError) -> Int32 {
        let descriptor = clinux_open(path)
        guard descriptor >= 0 else { throw .unreadable(path: path, errno: -descriptor) }
        return descriptor
    }

    private static func read(_ descriptor: Int32, at offset: Int, count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = pread(descriptor, &bytes, count, off_t(offset))
        return read > 0 ? Array(bytes[..<read]) : []
    }

    /// Of an ELF header of 64 bits, little-endian, the machine as uname(1) calls it. One that names an interpreter needs
    /// libraries that another host does not have.
    static func machine(_ head: [UInt8], path: String) throws(AgentFileError) -> String {
        func number(_ offset: Int, _ bytes: Int) -> Int {
            (0..<bytes).reduce(0) { $0 | Int(head[offset + $1]) << (8 * $1) }
        }
        guard head.count >= 64, head.starts(with: [0x7F, 0x45, 0x4C, 0x46, 2, 1]) else {
            throw .noProgram(path: path)
        }
        // e_phoff, e_phentsize and e_phnum; a PT_INTERP is type 3.
        let (first, size, count) = (number(32, 4), number(54, 2), number(56, 2))
        for index in 0..<count {
            let offset = first + index * size
            guard offset >= 0, offset + 4 <= head.count else { break }
            if number(offset, 4) == 3 { throw .notStatic(path: path) }
        }
        switch number(18, 2) {
        case 62: return "x86_64"
        case 183: return "aarch64"
        case 243: return "riscv64"
        case let other: return "machine-\(other)"
        }
    }
}

/// Why the agent's file cannot be copied to a host.
package enum AgentFileError: Error, CustomStringConvertible {
    case unreadable(path: String, errno: Int32)
    case noProgram(path: String)
    case notStatic(path: String)

    package var description: String {
        switch self {
        case .unreadable(let path, let code): "\(path) cannot be read (errno \(code))"
        case .noProgram(let path): "\(path) is no 64-bit program"
        case .notStatic(let path):
            "\(path) needs libraries of this machine; make agent builds one that needs none"
        }
    }
}
