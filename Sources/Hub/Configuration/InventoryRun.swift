import Fleet
import Foundation
import Glibc

/// One run of an inventory command: what it printed, or why there is no answer.
enum InventoryRun {
    struct Fault: Error, CustomStringConvertible {
        let description: String
    }

    /// Ten thousand hosts with all their variables are less.
    private static let outputBytesMax = 32 << 20
    private static let errorBytesMax = 2000

    /// Runs in the folder of hosts.yaml, so that the paths of its words are relative to that.
    static func answer(_ source: InventorySource, folder: String) async throws(Fault) -> InventoryAnswer {
        let bytes = try await output(source, folder: folder)
        let name = source.command.first ?? ""
        do {
            switch source.format {
            case .ansible:
                return try InventoryAnswer(
                    ansible: JSONTree.parse(Data(bytes), file: name), tagsFrom: source.tagsFrom)
            case .martlet:
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw Fault(description: "\(name) printed what is not UTF-8")
                }
                return try InventoryAnswer(martlet: StrictYAML.parse(text, file: "\(folder)/\(name)"))
            }
        } catch let error as Fault {
            throw error
        } catch {
            throw Fault(description: "\(error)")
        }
    }

    private static func output(_ source: InventorySource, folder: String) async throws(Fault) -> [UInt8] {
        let child: ChildProcess
        // The spawn has no folder of its own to start in.
        let words = ["/bin/sh", "-c", #"cd "$1" && shift && exec "$@""#, "sh", folder] + source.command
        do throws(HubError) {
            child = try ChildProcess.start(words)
        } catch {
            throw Fault(description: "\(error)")
        }
        close(child.input)
        let read = await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(returning: drain(child, milliseconds: source.timeoutMilliseconds))
            }
        }
        let status = if let status = read.status { status } else { await child.end() }
        let name = source.command.first ?? ""
        if read.isLate {
            throw Fault(
                description:
                    "\(name) did not end within \(source.timeoutMilliseconds / 1000) s and was killed")
        }
        if read.output.count > outputBytesMax {
            throw Fault(description: "\(name) printed more than \(outputBytesMax >> 20) MiB")
        }
        guard status == 0 else {
            let code = status & 0x7F == 0 ? "status \((status >> 8) & 0xFF)" : "signal \(status & 0x7F)"
            let said =
                String(decoding: read.errors, as: UTF8.self).split(separator: "\n").last.map { ": \($0)" }
                ?? ""
            throw Fault(description: "\(name) ended with \(code)\(said)")
        }
        return read.output
    }

    private struct Drained: Sendable {
        var output: [UInt8] = []
        var errors: [UInt8] = []
        var isLate = false
        /// As from waitpid(2); nil where it is yet to be ended.
        var status: Int32?
    }

    /// Blocks until the child has ended and both its pipes are read, or its time is over.
    private static func drain(_ child: ChildProcess, milliseconds: Int64) -> Drained {
        defer {
            close(child.output)
            close(child.errors)
        }
        var found = Drained()
        let deadline = Clock.steadyMilliseconds() + milliseconds
        var buffer = [UInt8](repeating: 0, count: 65_536)
        var isOpen = (output: true, errors: true)
        var status: Int32 = 0
        while true {
            if found.status == nil, waitpid(child.pid, &status, WNOHANG) == child.pid {
                found.status = status
            }
            // What it left behind may hold the pipes open: its own end is enough when nothing more is there to read.
            let left = deadline - Clock.steadyMilliseconds()
            guard left > 0, found.output.count <= outputBytesMax else {
                found.isLate = left <= 0
                return found
            }
            var waiting = [
                pollfd(fd: isOpen.output ? child.output : -1, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isOpen.errors ? child.errors : -1, events: Int16(POLLIN), revents: 0),
            ]
            let ready = poll(&waiting, 2, Int32(min(left, 20)))
            if ready <= 0 {
                if found.status != nil { return found }
                continue
            }
            if waiting[0].revents != 0 {
                let count = read(child.output, &buffer, buffer.count)
                if count > 0 { found.output += buffer[..<count] } else { isOpen.output = false }
            }
            if waiting[1].revents != 0 {
                let count = read(child.errors, &buffer, buffer.count)
                if count > 0 {
                    found.errors = (found.errors + buffer[..<count]).suffix(errorBytesMax)
                } else {
                    isOpen.errors = false
                }
            }
        }
    }
}
