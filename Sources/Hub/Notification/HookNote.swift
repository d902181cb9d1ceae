import CLinux
import Glibc

/// The file in which a hook's supervisor notes how the hook ended, for a hub that was killed meanwhile. As long as one of
/// the hook's processes runs, its lock is held.
package enum HookNote {
    /// What a note says of a run that a hub started before this one.
    package enum Reading: Sendable, Equatable {
        /// Nobody has noted an end, and somebody still may.
        case running
        case ended(HookOutcome)
        /// There is no note, and nobody is left to write one.
        case lost
    }

    static func make(_ path: String) throws(HookFault) -> Int32 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw HookFault(path: path, reason: HookProgram.reason(errno)) }
        _ = clinux_lock(descriptor)
        return descriptor
    }

    package static func read(_ path: String, program: String) -> Reading {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return .lost }
        defer { close(descriptor) }
        // First who could still write, then what was written: the other way round a note might come between.
        let isHeld = clinux_lock(descriptor) != 0
        var event = clinux_hook_event()
        let size = MemoryLayout<clinux_hook_event>.size
        guard pread(descriptor, &event, size, 0) == size else { return isHeld ? .running : .lost }
        switch Int(event.kind) {
        case CLINUX_HOOK_ENDED: return .ended(HookChild.outcome(status: event.value))
        case CLINUX_HOOK_LATE: return isHeld ? .running : .ended(.late)
        default: return .ended(HookChild.outcome(notStarted: event.value, program))
        }
    }
}
