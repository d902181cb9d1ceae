import Foundation
import Glibc

/// A control group for one measured program, whose CPU time counts threads and helpers that have ended too.
final class ControlGroup {
    private let folder: String
    private let usage: String

    /// Nil where this user may make none: then /proc is read instead.
    init?() {
        // cgroups(7): version 2 alone, version 2 beside version 1, version 1's accounting.
        let places = [
            ("/sys/fs/cgroup", "cpu.stat"), ("/sys/fs/cgroup/unified", "cpu.stat"),
            ("/sys/fs/cgroup/cpuacct", "cpuacct.usage"),
        ]
        let name = "martlet-bench-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        for (root, file) in places {
            let folder = "\(root)/\(name)"
            guard mkdir(folder, 0o755) == 0 else { continue }
            if access("\(folder)/\(file)", R_OK) == 0, access("\(folder)/cgroup.procs", W_OK) == 0 {
                self.folder = folder
                usage = "\(folder)/\(file)"
                return
            }
            rmdir(folder)
        }
        return nil
    }

    deinit {
        // A group that still holds a process stays until somebody removes it: harmless and empty soon.
        for _ in 0..<50 {
            if rmdir(folder) == 0 { return }
            usleep(20_000)
        }
    }

    func add(_ pid: Int32) {
        try? "\(pid)".write(toFile: "\(folder)/cgroup.procs", atomically: false, encoding: .utf8)
    }

    var cpuNanoseconds: UInt64? {
        guard let text = try? String(contentsOfFile: usage, encoding: .utf8) else { return nil }
        if let nanoseconds = UInt64(text.trimmingCharacters(in: .whitespacesAndNewlines)) {
            return nanoseconds
        }
        let line = text.split(separator: "\n").first { $0.hasPrefix("usage_usec ") }
        return line?.split(separator: " ").last.flatMap { UInt64($0) }.map { $0 * 1000 }
    }
}
