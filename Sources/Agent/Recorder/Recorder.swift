import Glibc
package import Telemetry
package import Wire

/// The flight recorder: a ring of segments of frames on this host's disk, and the ledger of the log work in them.
///
/// One thread's, and the only writer of its folder. An epoch (offsets and counts, one record) is appended to the
/// same segments as the samples; a checkpoint repeats all of them now and then, so that old segments can go. A disk that
/// takes nothing delays epochs, whose content the tails still have, and drops the oldest samples, counted.
/// docs/recorder.md draws files and order of writes.
package final class Recorder {
    package let options: RecorderOptions
    package private(set) var counters = RecorderCounters()
    package private(set) var state = RecorderState.recording
    /// What was on disk at the start: marks, totals, and the deltas that came after them.
    package let recovered: RecoveredLedger

    private let disk: any RecorderDisk
    private let lock: Int32
    private let ledger: UInt64
    /// The last epoch's sequence.
    private var sequence: UInt64
    private var segments: [(name: SegmentName, bytes: UInt64)]
    private var descriptor: Int32 = -1
    private var hasUnsynced = false
    /// The open segment holds bytes behind its last whole frame that could not be cut off.
    private var isTorn = false
    /// The frames that open a session (hello, facts), to begin each segment with.
    private var opening: [UInt8] = []
    private var pending: [[UInt8]] = []
    private var pendingBytes = 0
    private var epochBytesSinceCheckpoint: UInt64 = 0
    private var checkpointBytes: UInt64 = 0
    private var checkpointAt: UInt64
    /// The last epoch that the checkpoint holds, and the first segment with a later one.
    private var checkpointSequence: UInt64
    private var spaceAt: UInt64 = 0
    private var agedAt: UInt64 = 0
    private var scratch: [UInt8] = []
    /// The last epoch in each segment that has any since the checkpoint.
    private var lastEpoch: [SegmentName: UInt64]

    /// Opens the folder, takes its lock, repairs a torn end and finds where the last run stood.
    package init(
        _ options: RecorderOptions, disk: any RecorderDisk, now: TickTime, newLedger: UInt64
    ) throws(RecorderError) {
        self.options = options
        self.disk = disk
        let folder = options.folder
        let made = disk.makeFolder(folder)
        guard made == 0 else { throw .unusable(path: folder, errno: -made) }
        let lock = disk.lock("\(folder)/lock")
        guard lock >= 0 else {
            throw lock == -EWOULDBLOCK ? .locked(path: folder) : .unusable(path: folder, errno: -lock)
        }
        self.lock = lock
        var recovery = Recovery(folder: folder, disk: disk)
        recovery.run()
        recovered = recovery.result
        ledger = recovered.ledger ?? newLedger
        sequence = recovered.sequence
        checkpointSequence = recovered.checkpointSequence
        segments = recovery.segments
        lastEpoch = recovery.lastEpoch
        counters.repairedBytes = recovery.repairedBytes
        checkpointAt = now.bootNanoseconds + RecorderLimits.checkpointSeconds * 1_000_000_000
        if let last = segments.last, last.bytes < options.segmentBytes, !recovery.isLastDamaged {
            descriptor = max(-1, disk.openAppending("\(folder)/\(last.name.text)"))
        }
    }

    deinit {
        if descriptor >= 0 { disk.close(descriptor) }
        disk.close(lock)
    }

    /// Bytes of all segments.
    package var bytes: UInt64 { segments.reduce(0) { $0 + $1.bytes } }
    /// The time of the oldest segment's beginning.
    package var oldest: Timestamp? { segments.first.map { Timestamp(milliseconds: $0.name.milliseconds) } }
    package var segmentCount: Int { segments.count }

    // MARK: Samples

    /// Takes whole frames of a session. `opening` are those with which it began (hello and facts); a snapshot lets a reader
    /// begin, so a segment begins with one.
    package func append(_ frames: [UInt8], opening: [UInt8]? = nil, isSnapshot: Bool, at now: TickTime) {
        if let opening { self.opening = opening }
        if isSnapshot, isFull {
            writePending(at: now)
            if isTaking(at: now) { beginSegment(at: now) }
            pend(self.opening)
        } else if opening != nil {
            pend(self.opening)
        }
        pend(frames)
        writePending(at: now)
    }

    private var isFull: Bool { segments.last.map { $0.bytes >= options.segmentBytes } ?? true }

    private func pend(_ frames: [UInt8]) {
        guard !frames.isEmpty else { return }
        pending.append(frames)
        pendingBytes += frames.count
        while pendingBytes > RecorderLimits.pendingBytes, pending.count > 1 {
            let oldest = pending.removeFirst()
            pendingBytes -= oldest.count
            counters.droppedBytes &+= UInt64(oldest.count)
        }
    }

    private func writePending(at now: TickTime) {
        guard isTaking(at: now) else { return }
        while let first = pending.first {
            guard write(first, at: now) else { return }
            pending.removeFirst()
            pendingBytes -= first.count
        }
    }

    // MARK: Epochs

    /// Writes one record of offsets and counts; false leaves everything as it was, to be said again with the next.
    package func commit(_ epoch: Epoch, at now: TickTime) -> Bool {
        guard isTaking(at: now) else { return false }
        var epoch = epoch
        epoch.ledger = ledger
        epoch.sequence = sequence + 1
        epoch.time = now.wall
        epoch.isWhole = false
        scratch.removeAll(keepingCapacity: true)
        EpochEncoder.append(epoch, to: &scratch)
        guard write(scratch, at: now) else { return false }
        sequence += 1
        lastEpoch[segments[segments.count - 1].name] = sequence
        epochBytesSinceCheckpoint += UInt64(scratch.count)
        counters.epochs += 1
        return true
    }

    /// Whether a checkpoint is worth its bytes: every 30 s, later while epochs since the last one are shorter than it is.
    package func wantsCheckpoint(at now: TickTime) -> Bool {
        guard sequence > checkpointSequence, now.bootNanoseconds >= checkpointAt else { return false }
        let late = now.bootNanoseconds - checkpointAt
        return epochBytesSinceCheckpoint * 4 >= checkpointBytes
            || late >= (RecorderLimits.checkpointSecondsMax - RecorderLimits.checkpointSeconds)
                * 1_000_000_000
    }

    /// Writes all marks and totals, as they are after the last epoch, to a file of their own.
    ///
    /// The segments come to rest first: a checkpoint never knows of counts that a power cut may take back.
    @discardableResult
    package func checkpoint(_ epoch: Epoch, at now: TickTime) -> Bool {
        guard isTaking(at: now), syncSegment() else { return false }
        var epoch = epoch
        epoch.ledger = ledger
        epoch.sequence = sequence
        epoch.time = now.wall
        epoch.isWhole = true
        scratch.removeAll(keepingCapacity: true)
        EpochEncoder.append(epoch, to: &scratch)
        let (temporary, path) = ("\(options.folder)/checkpoint.new", "\(options.folder)/checkpoint")
        _ = disk.remove(temporary)
        guard succeeded(replace(path, by: temporary, with: scratch)) else { return false }
        checkpointSequence = sequence
        checkpointBytes = UInt64(scratch.count)
        epochBytesSinceCheckpoint = 0
        checkpointAt = now.bootNanoseconds + RecorderLimits.checkpointSeconds * 1_000_000_000
        return true
    }

    private func replace(_ path: String, by temporary: String, with bytes: [UInt8]) -> Int32 {
        let file = disk.openAppending(temporary)
        guard file >= 0 else { return file }
        let written = disk.write(file, bytes.span)
        let synced = written == bytes.count ? disk.sync(file) : 0
        disk.close(file)
        if written < 0 { return Int32(clamping: written) }
        if written < bytes.count { return -ENOSPC }
        if synced < 0 { return synced }
        let renamed = disk.rename(temporary, path)
        return renamed < 0 ? renamed : disk.syncFolder(options.folder)
    }

    // MARK: Time

    /// Once a second: makes what was written last, and lets the ring give up what is old or too much.
    package func tick(at now: TickTime) {
        if state != .recording { writePending(at: now) }
        if options.durability == .everySecond { _ = syncSegment() }
        trim(at: now)
    }

    /// Makes all that was written last, before the process ends.
    package func flush(at now: TickTime) {
        writePending(at: now)
        _ = syncSegment()
    }

    private func trim(at now: TickTime) {
        var total = bytes
        while segments.count > 1, total > options.sizeBytes, removeOldest() { total = bytes }
        guard now.bootNanoseconds >= agedAt else { return }
        agedAt = now.bootNanoseconds + 60_000_000_000
        let (age, overflow) = options.ageSeconds.multipliedReportingOverflow(by: -1000)
        let border = now.wall.advanced(byMilliseconds: overflow ? .min : age)
        for _ in 0..<RecorderLimits.agedSegments {
            // A segment is as young as the next one's beginning.
            guard segments.count > 1, segments[1].name.milliseconds < border.milliseconds, removeOldest()
            else {
                return
            }
        }
    }

    /// Whether the oldest segment went; it stays while epochs in it are not in the checkpoint.
    private func removeOldest() -> Bool {
        guard let first = segments.first?.name else { return false }
        if let last = lastEpoch[first], last > checkpointSequence {
            // The next checkpoint, due at once, frees it.
            checkpointAt = 0
            epochBytesSinceCheckpoint = max(epochBytesSinceCheckpoint, checkpointBytes)
            return false
        }
        guard succeeded(disk.remove("\(options.folder)/\(first.text)")) else { return false }
        lastEpoch[first] = nil
        segments.removeFirst()
        counters.removedSegments += 1
        return true
    }

    // MARK: Writing

    /// Whether a write may be tried: not while the filesystem has less free than is to be kept.
    private func isTaking(at now: TickTime) -> Bool {
        if now.bootNanoseconds >= spaceAt {
            if let space = disk.space(options.folder), space.all > 0 {
                let isLow = Double(space.free) * 100 < Double(space.all) * options.keepFreePercent
                if isLow {
                    state = .full
                } else if state == .full {
                    state = .recording
                }
            }
            let seconds = state == .recording ? RecorderLimits.spaceSeconds : 1
            spaceAt = now.bootNanoseconds + seconds * 1_000_000_000
        }
        return state != .full
    }

    /// Appends whole frames to the open segment; what could not be written whole is cut off again.
    private func write(_ frames: [UInt8], at now: TickTime) -> Bool {
        if descriptor < 0 || isTorn || segments.last.map({ $0.bytes >= options.segmentBytes * 4 }) ?? true {
            guard beginSegment(at: now) else { return false }
        }
        let end = segments[segments.count - 1].bytes
        let written = disk.write(descriptor, frames.span)
        guard written == frames.count else {
            if written > 0, disk.truncate(descriptor, to: end) < 0 { isTorn = true }
            return succeeded(written < 0 ? Int32(clamping: written) : -ENOSPC)
        }
        segments[segments.count - 1].bytes = end + UInt64(frames.count)
        counters.writtenBytes &+= UInt64(frames.count)
        hasUnsynced = true
        if options.durability == .everyFrame, !syncSegment() {
            // Written and perhaps not lasting: it counts as written, or it would be said twice.
            return true
        }
        return succeeded(0)
    }

    @discardableResult
    private func beginSegment(at now: TickTime) -> Bool {
        if descriptor >= 0 {
            _ = syncSegment()
            disk.close(descriptor)
            descriptor = -1
        }
        let name = SegmentName(
            number: (segments.last?.name.number ?? 0) + 1, milliseconds: now.wall.milliseconds)
        let opened = disk.openAppending("\(options.folder)/\(name.text)")
        guard opened >= 0 else { return succeeded(opened) }
        descriptor = opened
        isTorn = false
        segments.append((name, 0))
        return succeeded(disk.syncFolder(options.folder))
    }

    private func syncSegment() -> Bool {
        guard hasUnsynced, descriptor >= 0 else { return true }
        guard succeeded(disk.sync(descriptor)) else { return false }
        hasUnsynced = false
        return true
    }

    /// Counts a failure and remembers it; a success ends it.
    private func succeeded(_ status: Int32) -> Bool {
        guard status < 0 else {
            if case .failing = state { state = .recording }
            return true
        }
        counters.failures += 1
        state = .failing(errno: -status)
        return false
    }
}
