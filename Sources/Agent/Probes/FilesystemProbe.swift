import CLinux
import Glibc
import Telemetry
import Wire

/// Sizes of the mounted file systems: the mounts of process 1, or our own where that is not for us to read; statfs(2) by
/// a child, so that a dead network mount never holds a tick up.
///
/// A round begins each ten seconds, and its answers are shown when the child has ended. A mount that has not answered
/// within the patience is shown with `node_filesystem_device_error` 1 and the reason, its child is given up, and a new
/// one asks for the rest. It is asked again when that child could be ended, later each time.
package final class FilesystemProbe: Probe, LoopSource {
    package let name = "filesystem"
    package let tier = Tier.tenSeconds

    private struct Mount {
        let mount: MountTable.Mount
        /// Of device_error and readonly, then of the five sizes: from the first answer or failure on until it is unmounted.
        var slots: [Int] = []
        /// Of device_error and readonly while it fails, whose label is the reason.
        var errorSlots: [Int] = []
        var error = ""
        var answer: StatfsChild.Answer?
        /// The child that hangs in this mount; it is asked of nobody meanwhile.
        var stuckChild: Int32 = -1
        var retryAt: UInt64 = 0
        var patienceLost: UInt64 = 0
    }

    private static let patience: UInt64 = 2_000_000_000
    private static let roundNanoseconds: UInt64 = 9_500_000_000
    /// A first scrape shows what it has after so long.
    private static let firstPatience: UInt64 = 400_000_000
    private static let retryMin: UInt64 = 60_000_000_000
    private static let retryMax: UInt64 = 1_800_000_000_000
    /// Whoever may not look at a mount will not be able to a minute later: nothing is missing there.
    private static let refusals = [reason(EACCES), reason(EPERM)]
    private static let states = ["device_error", "readonly"]
    private static let sizes = ["size_bytes", "free_bytes", "avail_bytes", "files", "files_free"]

    private let paths: AgentPaths
    private var table: ProbeFile
    private var ownTable: ProbeFile
    private var isOwn = false
    private var tableBytes: [UInt8] = []
    private var mounts: [Mount] = []
    private var child: StatfsChild?
    /// Places in `mounts` that the child asks for, in its order.
    private var asked: [Int] = []
    private var pathBytes: [UInt8] = []
    private var startedAt: UInt64 = 0
    /// The mount that the child was last seen in, and since when.
    private var hangingIn = -1
    private var hangingSince: UInt64 = 0
    private var roundAt: UInt64 = 0
    private var isAsking = false
    private var hasEnded = false
    private var hasShown = false
    /// Children that have ended or were given up, until the kernel lets them go.
    private var leaving: [Int32] = []
    private var leftOutSlot = -1

    package init(_ paths: AgentPaths, _ buffer: ProbeBuffer) {
        self.paths = paths
        table = ProbeFile(paths.proc("1/mountinfo"), buffer)
        ownTable = ProbeFile(paths.proc("self/mountinfo"), buffer)
    }

    // MARK: The child

    package var descriptor: Int32 { child?.descriptor ?? -1 }

    package func readable() {
        if child?.hasEnded() == true { hasEnded = true }
    }

    package func wantsReading(at now: TickTime) -> Bool {
        isAsking
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let time = now.bootNanoseconds
        reap(time)
        if isAsking { takeAnswers(time, &readings) }
        if !isAsking, roundAt == 0 || time &- roundAt >= Self.roundNanoseconds {
            roundAt = time
            try readTable(&readings)
            try ask(time, unanswered: false)
        }
        guard hasShown else { throw .overdue(what: "the sizes of the file systems") }
    }

    /// Starts a child for the mounts that may be asked; `unanswered` for those only that have no answer of this round.
    private func ask(_ time: UInt64, unanswered: Bool) throws(ProbeError) {
        pathBytes.removeAll(keepingCapacity: true)
        asked.removeAll(keepingCapacity: true)
        for place in mounts.indices where mounts[place].stuckChild < 0 && time >= mounts[place].retryAt {
            if unanswered, mounts[place].answer != nil { continue }
            if !unanswered { mounts[place].answer = nil }
            for byte in paths.rootfs == "/" ? "".utf8 : paths.rootfs.utf8 { pathBytes.append(byte) }
            for byte in mounts[place].mount.mountPoint.utf8 { pathBytes.append(byte) }
            pathBytes.append(0)
            asked.append(place)
        }
        guard !asked.isEmpty else {
            hasShown = true
            return
        }
        if child == nil { child = StatfsChild(capacity: MountTable.mountsMax) }
        try child?.start(pathBytes, count: asked.count)
        isAsking = child != nil
        hasEnded = false
        startedAt = time
        hangingIn = -1
        hangingSince = time
    }

    private func takeAnswers(_ time: UInt64, _ readings: inout Readings) {
        var stuck = -1
        for (place, mount) in asked.enumerated() {
            switch child?.progress(place) ?? .waiting {
            case .answered(let answer): take(answer, mount, &readings)
            case .asked: stuck = mount
            case .waiting: break
            }
        }
        hasShown = hasShown || hasEnded || time &- startedAt >= Self.firstPatience
        if hasEnded {
            leaving.append(child?.pid ?? -1)
            isAsking = false
            return
        }
        // On a busy machine a child gets on slowly: it hangs when it is twice seen in one place.
        if stuck != hangingIn {
            hangingIn = stuck
            hangingSince = time
        }
        if time &- hangingSince >= (stuck >= 0 ? Self.patience : Self.roundNanoseconds) {
            giveUp(stuck, time, &readings)
        }
    }

    private func take(_ answer: StatfsChild.Answer, _ place: Int, _ readings: inout Readings) {
        mounts[place].answer = answer
        mounts[place].patienceLost = 0
        show(place, error: answer.error == 0 ? "" : Self.reason(answer.error), &readings)
    }

    /// Leaves the child that hangs in mount `stuck` to the kernel and asks another one for the rest.
    private func giveUp(_ stuck: Int, _ time: UInt64, _ readings: inout Readings) {
        let pid = child?.pid ?? -1
        clinux_kill(pid)
        isAsking = false
        child = nil
        guard stuck >= 0 else {
            leaving.append(pid)
            return
        }
        mounts[stuck].stuckChild = pid
        mounts[stuck].answer = nil
        let lost = min(Self.retryMax, max(Self.retryMin, mounts[stuck].patienceLost &* 2))
        mounts[stuck].patienceLost = lost
        mounts[stuck].retryAt = time &+ lost
        show(stuck, error: "mountpoint timeout", &readings)
        // One that cannot be started now is started with the next round.
        try? ask(time, unanswered: true)
    }

    private func reap(_ time: UInt64) {
        leaving.removeAll { clinux_reap($0) != 0 }
        for place in mounts.indices where mounts[place].stuckChild >= 0 {
            if clinux_reap(mounts[place].stuckChild) != 0 { mounts[place].stuckChild = -1 }
        }
    }

    // MARK: The mounts

    private func readTable(_ readings: inout Readings) throws(ProbeError) {
        var new: MountTable?
        if !isOwn {
            do throws(ProbeError) {
                new = try changed(&table)
            } catch {
                // Without privilege nobody looks at process 1.
                isOwn = true
            }
        }
        if isOwn { new = try changed(&ownTable) }
        if let new { match(new, &readings) }
    }

    private func changed(_ file: inout ProbeFile) throws(ProbeError) -> MountTable? {
        let rootfs = paths.rootfs
        return try file.read { (bytes) throws(ProbeError) in
            guard !Fields.equal(bytes, 0..<bytes.count, tableBytes) else { return nil }
            tableBytes = Fields.array(bytes, 0..<bytes.count)
            return MountTable(bytes, rootfs: rootfs)
        }
    }

    /// Makes the mounts those of the table; what is still mounted keeps its series.
    private func match(_ table: MountTable, _ readings: inout Readings) {
        var old = mounts
        mounts = table.mounts.map { mount in
            guard let place = old.firstIndex(where: { $0.mount == mount }) else { return Mount(mount: mount) }
            return old.remove(at: place)
        }
        for gone in old {
            for slot in gone.slots + gone.errorSlots { readings.retire(slot) }
            if gone.stuckChild >= 0 { leaving.append(gone.stuckChild) }
        }
        showLeftOut(table.leftOut, &readings)
    }

    private func showLeftOut(_ count: Int, _ readings: inout Readings) {
        if leftOutSlot < 0 {
            guard count > 0 else { return }
            leftOutSlot = readings.define(
                SeriesDefinition(SeriesKey("martlet_agent_mounts_left_out"), .gauge))
        }
        readings[leftOutSlot] = Int64(count)
    }

    /// The reason is a label, so a mount that fails has other series than one that does not. It is still mounted: its
    /// sizes stay, or are there from the first, and have no value.
    private func show(_ place: Int, error: String, _ readings: inout Readings) {
        if mounts[place].error != error {
            for slot in mounts[place].errorSlots { readings.retire(slot) }
            mounts[place].error = error
            mounts[place].errorSlots =
                error.isEmpty ? [] : define(Self.states, of: place, [Label("device_error", error)], &readings)
        }
        if mounts[place].slots.isEmpty, error.isEmpty || !Self.refusals.contains(error) {
            mounts[place].slots = define(Self.states + Self.sizes, of: place, [], &readings)
        }
        let slots = mounts[place].slots
        guard error.isEmpty, let answer = mounts[place].answer else {
            for slot in slots { readings[slot] = SampleScale.one.absent }
            showState(place, mounts[place].errorSlots, isError: true, &readings)
            return
        }
        showState(place, slots, isError: false, &readings)
        readings[slots[2]] = answer.sizeBytes
        readings[slots[3]] = answer.freeBytes
        readings[slots[4]] = answer.availableBytes
        readings[slots[5]] = answer.files
        readings[slots[6]] = answer.filesFree
    }

    private func showState(_ place: Int, _ slots: [Int], isError: Bool, _ readings: inout Readings) {
        readings[slots[0]] = isError ? 1 : 0
        readings[slots[1]] = mounts[place].mount.isReadOnly ? 1 : 0
    }

    private func define(_ metrics: [String], of place: Int, _ more: [Label], _ readings: inout Readings)
        -> [Int]
    {
        let mount = mounts[place].mount
        let labels = Labels(
            [
                Label("device", mount.device), Label("mountpoint", mount.mountPoint),
                Label("fstype", mount.type),
            ] + more)
        return metrics.map {
            readings.define(SeriesDefinition(SeriesKey("node_filesystem_\($0)", labels), .gauge))
        }
    }

    /// As errno(3) words it.
    private static func reason(_ code: Int32) -> String {
        guard let text = unsafe strerror(code) else { return "error \(code)" }
        return unsafe String(cString: text)
    }
}
