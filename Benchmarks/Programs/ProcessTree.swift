import Foundation

/// CPU and memory of processes, from /proc, by the scheduler's own nanoseconds.
enum ProcessTree {
    /// `root` and everything it started that is still there.
    static func members(of root: Int32) -> [Int32] {
        var children: [Int32: [Int32]] = [:]
        for pid in allPIDs() {
            guard let parent = parent(of: pid) else { continue }
            children[parent, default: []].append(pid)
        }
        var members: [Int32] = []
        var waiting = [root]
        while let pid = waiting.popLast() {
            members.append(pid)
            waiting += children[pid] ?? []
        }
        return members
    }

    /// Nanoseconds on a CPU of all threads of `pids`; /proc/PID/task/TID/schedstat, first field.
    static func cpuNanoseconds(of pids: [Int32]) -> UInt64 {
        pids.reduce(0) { sum, pid in
            let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/task")) ?? []
            return sum
                + threads.reduce(0) { sum, thread in
                    let text = try? String(
                        contentsOfFile: "/proc/\(pid)/task/\(thread)/schedstat", encoding: .utf8)
                    return sum + (text?.split(separator: " ").first.flatMap { UInt64($0) } ?? 0)
                }
        }
    }

    /// A field of /proc/PID/status in KiB, summed over `pids`: VmRSS, RssAnon.
    static func memoryKiB(_ field: String, of pids: [Int32]) -> Int {
        pids.reduce(0) { sum, pid in
            let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
            let line = status.split(separator: "\n").first { $0.hasPrefix("\(field):") }
            return sum
                + (line?.split(whereSeparator: { " \t".contains($0) }).dropFirst().first.flatMap { Int($0) }
                    ?? 0)
        }
    }

    /// Processes whose environment has `entry`, as `NAME=value`.
    static func withEnvironment(_ entry: String) -> [Int32] {
        allPIDs().filter { pid in
            guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/environ") else {
                return false
            }
            return data.split(separator: 0).contains { String(decoding: $0, as: UTF8.self) == entry }
        }
    }

    static func allPIDs() -> [Int32] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
    }

    /// The share of the machine's CPU time that was not idle while `body` ran; proc_stat(5).
    static func loadShare<Result>(during body: () throws -> Result) rethrows -> (Result, Double) {
        let before = cpuTicks()
        let result = try body()
        let after = cpuTicks()
        let all = Double(after.all &- before.all)
        return (result, all > 0 ? 1 - Double(after.idle &- before.idle) / all : .nan)
    }

    private static func cpuTicks() -> (all: UInt64, idle: UInt64) {
        let text = (try? String(contentsOfFile: "/proc/stat", encoding: .utf8)) ?? ""
        let fields = text.prefix { $0 != "\n" }.split(separator: " ").dropFirst().compactMap { UInt64($0) }
        // The last two, guest and guest_nice, are counted in user and nice already.
        guard fields.count >= 8 else { return (0, 0) }
        return (fields[..<8].reduce(0, +), fields[3] + fields[4])
    }

    private static func parent(of pid: Int32) -> Int32? {
        guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = stat.lastIndex(of: ")")
        else { return nil }
        let fields = stat[stat.index(after: end)...].split(separator: " ")
        return fields.count > 1 ? Int32(fields[1]) : nil
    }
}
