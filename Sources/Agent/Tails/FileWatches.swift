import CLinux
import Glibc

/// inotify(7): folders whose names and files change, and single files behind symbolic links.
///
/// Events only say where to look. Whatever they miss (a full queue, a limit of watches, another machine's writes) the
/// regular looks find, so nothing depends on them but how soon.
final class FileWatches {
    /// What inotify(7) told, as far as tails need it.
    struct Event: Equatable {
        let watch: Int32
        let isWritten: Bool
        let changesNames: Bool
        /// The watched folder or file itself was removed, moved or unmounted.
        let isGone: Bool
        /// Empty for what happens to the watched file or folder itself.
        let name: String
    }

    /// Waited on for reading; negative where there is no inotify.
    let descriptor: Int32
    private var buffer = [UInt8](repeating: 0, count: 1 << 16)
    /// Watches in use, for tests of the limit.
    var limit = Int.max
    private var count = 0

    init() {
        descriptor = max(-1, clinux_watches())
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
    }

    /// The watch, or nil where it is refused: what is behind it must be polled.
    func watchFolder(_ path: String) -> Int32? {
        add { unsafe clinux_watch_folder(descriptor, path) }
    }

    func watchFile(_ path: String) -> Int32? {
        add { unsafe clinux_watch_file(descriptor, path) }
    }

    private func add(_ call: () -> Int32) -> Int32? {
        guard descriptor >= 0, count < limit else { return nil }
        let watch = call()
        guard watch >= 0 else { return nil }
        count += 1
        return watch
    }

    func remove(_ watch: Int32) {
        guard watch >= 0 else { return }
        _ = clinux_unwatch(descriptor, watch)
        count -= 1
    }

    /// Reads what has happened, at most `events` of it; true where events were lost and everything must be looked at.
    func read(atMost events: Int = 1 << 16, _ body: (Event) -> Void) -> Bool {
        guard descriptor >= 0 else { return false }
        var hasLost = false
        var seen = 0
        while seen < events {
            let got = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            guard got > 0 else { return hasLost }
            var offset = 0
            while let (event, isOverflow, end) = next(at: offset, of: got) {
                if isOverflow { hasLost = true } else { body(event) }
                offset = end
                seen += 1
            }
        }
        return hasLost
    }

    private func next(at offset: Int, of count: Int) -> (Event, isOverflow: Bool, end: Int)? {
        var watch: Int32 = 0
        var kinds: Int32 = 0
        var name = 0
        var nameCount = 0
        let end = unsafe buffer.withUnsafeBytes {
            unsafe clinux_watch_event($0.baseAddress, count, offset, &watch, &kinds, &name, &nameCount)
        }
        guard end > 0 else { return nil }
        func has(_ kind: Int) -> Bool { Int(kinds) & kind != 0 }
        let event = Event(
            watch: watch, isWritten: has(Int(CLINUX_WATCH_WRITTEN)) || has(Int(CLINUX_WATCH_ATTRIBUTES)),
            changesNames: has(Int(CLINUX_WATCH_NAMES)) || has(Int(CLINUX_WATCH_ATTRIBUTES)),
            isGone: has(Int(CLINUX_WATCH_GONE)),
            name: String(decoding: buffer[name..<name + nameCount], as: UTF8.self))
        return (event, has(Int(CLINUX_WATCH_OVERFLOW)), Int(end))
    }
}
