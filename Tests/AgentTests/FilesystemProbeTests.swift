import Agent
import Foundation
import TestSupport
import Testing

@Suite struct `Sizes of file systems` {
    /// A /proc whose process 1 has `paths` mounted.
    private func tree(_ paths: [String]) throws -> FixtureTree {
        let tree = try FixtureTree()
        let lines = paths.enumerated().map { "\($0) 1 8:\($0) / \($1) rw - ext4 /dev/disk\($0) rw\n" }
        try tree.writeProc("1/mountinfo", lines.joined())
        return tree
    }

    /// Moves the clock a second at a time until the child has answered and a reading has shown it.
    private func settle(_ probe: FilesystemProbe, _ bench: ProbeBench, seconds: Int = 1) throws -> [String:
        Double]
    {
        var samples = try bench.tick()
        for _ in 0..<seconds {
            #expect(
                Eventually.holds(within: 10) {
                    probe.readable()
                    return probe.descriptor < 0
                })
            samples.merge(try bench.tick()) { $1 }
        }
        return samples
    }

    @Test func `are those that statfs says`() throws {
        let folder = try TemporaryFolder()
        let tree = try tree([folder.url.path])
        let probe = FilesystemProbe(tree.paths, ProbeBuffer())
        let samples = try settle(probe, ProbeBench([probe], over: tree))
        let labels = "device=\"/dev/disk0\",fstype=\"ext4\",mountpoint=\"\(folder.url.path)\""
        var found = statvfs()
        #expect(statvfs(folder.url.path, &found) == 0)
        #expect(
            samples["node_filesystem_size_bytes{\(labels)}"]
                == Double(UInt64(found.f_blocks) * UInt64(found.f_frsize)))
        #expect(samples["node_filesystem_files{\(labels)}"] == Double(found.f_files))
        #expect(samples["node_filesystem_readonly{\(labels)}"] == 0)
        #expect(samples["node_filesystem_device_error{\(labels)}"] == 0)
        #expect(samples.count == 7)
    }

    @Test func `give way to an error with its reason, and come back`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "mounted").path
        let tree = try tree([path])
        let probe = FilesystemProbe(tree.paths, ProbeBuffer())
        let bench = ProbeBench([probe], over: tree)
        let labels = "fstype=\"ext4\",mountpoint=\"\(path)\"}"
        var samples = try settle(probe, bench)
        let failed =
            "node_filesystem_device_error{device=\"/dev/disk0\",device_error=\"No such file or directory\",\(labels)"
        #expect(samples[failed] == 1)
        #expect(samples.count == 2)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for _ in 0..<10 { samples = try settle(probe, bench) }
        #expect(bench.known.values.contains("node_filesystem_device_error{device=\"/dev/disk0\",\(labels)"))
        #expect(!bench.known.values.contains(failed))
        #expect(bench.known.count == 7)
    }

    @Test func `have no value while they cannot be asked for, and are not gone`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "mounted").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let tree = try tree([path])
        let probe = FilesystemProbe(tree.paths, ProbeBuffer())
        let bench = ProbeBench([probe], over: tree)
        let size = "node_filesystem_size_bytes{device=\"/dev/disk0\",fstype=\"ext4\",mountpoint=\"\(path)\"}"
        var samples = try settle(probe, bench)
        #expect(samples[size] != nil)
        try FileManager.default.removeItem(atPath: path)
        for _ in 0..<10 { samples = try settle(probe, bench) }
        #expect(samples.count == 2 && samples.keys.allSatisfy { $0.contains("No such file or directory") })
        #expect(bench.known.values.contains(size) && bench.known.count == 9)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        for _ in 0..<10 { samples = try settle(probe, bench) }
        #expect(samples[size] != nil && bench.known.count == 7)
        // Unmounted while it fails: all of it is gone.
        try FileManager.default.removeItem(atPath: path)
        for _ in 0..<10 { _ = try settle(probe, bench) }
        #expect(bench.known.count == 9)
        try tree.writeProc("1/mountinfo", "\n")
        for _ in 0..<11 { _ = try settle(probe, bench) }
        #expect(bench.known.isEmpty)
    }

    @Test func `of what is unmounted end`() throws {
        let (kept, gone) = (try TemporaryFolder(), try TemporaryFolder())
        let tree = try tree([kept.url.path, gone.url.path])
        let probe = FilesystemProbe(tree.paths, ProbeBuffer())
        let bench = ProbeBench([probe], over: tree)
        _ = try settle(probe, bench)
        #expect(bench.known.count == 14)
        try tree.writeProc("1/mountinfo", "0 1 8:0 / \(kept.url.path) rw - ext4 /dev/disk0 rw\n")
        for _ in 0..<11 { _ = try settle(probe, bench) }
        #expect(bench.known.count == 7)
        #expect(bench.known.values.allSatisfy { $0.contains(kept.url.path) })
    }

    @Test func `are our own mounts' where process 1 is not for us to read`() throws {
        let folder = try TemporaryFolder()
        let tree = try FixtureTree()
        try tree.writeProc("self/mountinfo", "0 1 8:0 / \(folder.url.path) rw - ext4 /dev/own rw\n")
        let probe = FilesystemProbe(tree.paths, ProbeBuffer())
        let samples = try settle(probe, ProbeBench([probe], over: tree))
        #expect(samples.keys.allSatisfy { $0.contains("/dev/own") } && samples.count == 7)
    }

    /// The dead mount stands between two that live: both have their sizes at once, and the dead one is named.
    @Test func `do not wait for a mount that hangs`() throws {
        guard let dead = try SilentMount() else {
            print("skipped: mounting a silent file system needs root and /dev/fuse")
            return
        }
        let (first, last) = (try TemporaryFolder(), try TemporaryFolder())
        let tree = try tree([first.url.path, dead.path, last.url.path])
        let probe = FilesystemProbe(tree.paths, ProbeBuffer())
        let bench = ProbeBench([probe], over: tree)
        let reason = "device_error=\"mountpoint timeout\""
        func isKnown(_ name: String, _ path: String, _ label: String = "") -> Bool {
            bench.known.values.contains {
                $0.hasPrefix(name) && $0.contains(path) && (label.isEmpty || $0.contains(label))
            }
        }
        // The patience passes on the bench's clock, a second a tick.
        #expect(
            try Eventually.holds {
                probe.readable()
                try bench.tick()
                return isKnown("node_filesystem_size_bytes", first.url.path)
                    && isKnown("node_filesystem_size_bytes", last.url.path)
                    && isKnown("node_filesystem_device_error", dead.path, reason)
            }, "\(bench.known.values.sorted())")
        // It is mounted, and nobody knows its size.
        #expect(isKnown("node_filesystem_size_bytes", dead.path))
        #expect(
            try bench.tick().keys.allSatisfy {
                !$0.hasPrefix("node_filesystem_size_bytes") || !$0.contains(dead.path)
            })
        // Once its server is gone the kernel answers: after a minute it is asked again and has another reason.
        dead.die()
        #expect(
            try Eventually.holds {
                probe.readable()
                try bench.tick()
                return !isKnown("node_filesystem", dead.path, reason)
            }, "\(bench.known.values.sorted())")
    }
}
