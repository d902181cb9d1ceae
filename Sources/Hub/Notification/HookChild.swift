import CLinux
import Glibc
import Telemetry

/// A hook's supervisor and the two pipes from it, followed by one thread until both are gone.
struct HookChild: Sendable {
    let pid: Int32
    let output: Int32
    let status: Int32
    let program: String
    /// After so long even the supervisor hangs, and is left to itself.
    let silenceMilliseconds: Int64

    /// Blocks until the supervisor ends; `done` is called once, as soon as it is known how the hook ended: what it left
    /// running in the background is not waited for.
    func follow(
        began: Int64, started: (Timestamp) -> Void, done: (HookResult) -> Void
    ) {
        var tail: [UInt8] = []
        var startedAt: Timestamp?
        var late = false
        var isTold = false
        func tell(_ outcome: HookOutcome) {
            guard !isTold else { return }
            isTold = true
            drain(into: &tail)
            done(
                HookResult(
                    outcome: outcome, output: Self.text(tail), started: startedAt,
                    milliseconds: Clock.steadyMilliseconds() - began))
        }
        var polled = [
            pollfd(fd: status, events: Int16(POLLIN), revents: 0),
            pollfd(fd: output, events: Int16(POLLIN), revents: 0),
        ]
        while Clock.steadyMilliseconds() - began < silenceMilliseconds {
            guard poll(&polled, 2, 1000) > 0 else { continue }
            if polled[1].revents != 0 {
                if !drain(into: &tail) { polled[1].fd = -1 }
            }
            guard polled[0].revents != 0 else { continue }
            guard let event = nextEvent() else { break }
            switch Int(event.kind) {
            case CLINUX_HOOK_STARTED:
                let now = Clock.now()
                startedAt = now
                started(now)
            case CLINUX_HOOK_NOT_STARTED: tell(Self.outcome(notStarted: event.value, program))
            case CLINUX_HOOK_ENDED: tell(Self.outcome(status: event.value))
            case CLINUX_HOOK_LATE: late = true
            default: tell(.late)
            }
        }
        tell(late ? .late : .lost)
        close(output)
        close(status)
        waitpid(pid, nil, Clock.steadyMilliseconds() - began < silenceMilliseconds ? 0 : WNOHANG)
    }

    private func nextEvent() -> clinux_hook_event? {
        var event = clinux_hook_event()
        let size = MemoryLayout<clinux_hook_event>.size
        return read(status, &event, size) == size ? event : nil
    }

    /// Takes what is there; false at the end.
    @discardableResult private func drain(into tail: inout [UInt8]) -> Bool {
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while true {
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) }
            tail += buffer[..<count]
            if tail.count > HookResult.outputBytesMax * 2 {
                tail.removeFirst(tail.count - HookResult.outputBytesMax)
            }
        }
    }

    private static func text(_ tail: [UInt8]) -> String {
        String(decoding: tail.suffix(HookResult.outputBytesMax), as: UTF8.self)
    }

    /// What a hook answers by its exit status: 0 done, 75 (EX_TEMPFAIL of sysexits.h) later, other failed.
    static func outcome(status: Int32) -> HookOutcome {
        let signal = status & 0x7F
        guard signal == 0 else { return .failed(status: 128 + signal) }
        switch status >> 8 & 0xFF {
        case 0: return .done
        case 75: return .later
        case let other: return .failed(status: other)
        }
    }

    static func outcome(notStarted code: Int32, _ program: String) -> HookOutcome {
        switch code {
        case EAGAIN, ENOMEM, EMFILE, ENFILE, ETXTBSY: .later
        case ENOEXEC: .notStarted(reason: "\(program): is neither a program nor does it begin with #!")
        case ENOENT:
            .notStarted(
                reason: "\(program): it, the program its first line names, or the folder is not there")
        default: .notStarted(reason: "\(program): \(HookProgram.reason(code))")
        }
    }
}
