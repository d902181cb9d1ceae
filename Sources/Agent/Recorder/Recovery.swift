import Telemetry
package import Wire

/// Where the last run stood: what the checkpoint says, and the epochs after it.
package struct RecoveredLedger: Equatable, Sendable {
    /// nil where there is no ledger yet.
    package var ledger: UInt64?
    package var sequence: UInt64 = 0
    package var checkpointSequence: UInt64 = 0
    /// The marks, counters and time of the last epoch; `totals` are the checkpoint's.
    package var epoch = Epoch()
    /// What the consumer counted after the checkpoint, in order.
    package var deltas: [[UInt8]] = []
    /// Epochs that are missing between others: damaged, with what they counted.
    package var missingEpochs: UInt64 = 0
}

/// Reads the recorder's folder at the start, and cuts off what a crash left half written.
struct Recovery {
    let folder: String
    let disk: any RecorderDisk
    private(set) var result = RecoveredLedger()
    private(set) var segments: [(name: SegmentName, bytes: UInt64)] = []
    private(set) var lastEpoch: [SegmentName: UInt64] = [:]
    private(set) var repairedBytes: UInt64 = 0
    /// The newest segment is damaged before its end: nothing is appended to it.
    private(set) var isLastDamaged = false
    private var marks: [UInt64: FileMark] = [:]

    init(folder: String, disk: any RecorderDisk) {
        self.folder = folder
        self.disk = disk
    }

    mutating func run() {
        _ = disk.remove("\(folder)/checkpoint.new")
        readCheckpoint()
        segments = (disk.names(in: folder) ?? []).compactMap { SegmentName($0) }.sorted()
            .map { ($0, disk.size("\(folder)/\($0.text)") ?? 0) }
        for epoch in epochsAfterCheckpoint() { apply(epoch) }
        result.epoch.marks = marks.values.sorted { $0.number < $1.number }
    }

    private mutating func readCheckpoint() {
        guard let bytes = disk.read("\(folder)/checkpoint", limit: RecorderLimits.readBytes) else { return }
        var scanner = FrameScanner()
        guard let whole = Self.epochs(in: bytes, &scanner).last(where: \.isWhole), scanner.damagedBytes == 0
        else {
            repairedBytes += UInt64(bytes.count)
            return
        }
        result.ledger = whole.ledger
        result.sequence = whole.sequence
        result.checkpointSequence = whole.sequence
        result.epoch = whole
        for mark in whole.marks { marks[mark.number] = mark }
    }

    /// Reads segments from the newest back to the one in which the checkpoint's epoch is.
    private mutating func epochsAfterCheckpoint() -> [Epoch] {
        var found: [[Epoch]] = []
        for place in segments.indices.reversed() {
            let name = segments[place].name
            guard let bytes = disk.read("\(folder)/\(name.text)", limit: RecorderLimits.readBytes) else {
                continue
            }
            var scanner = FrameScanner()
            let epochs = Self.epochs(in: bytes, &scanner)
            repairedBytes += UInt64(scanner.damagedBytes)
            if place == segments.count - 1 { repair(place, bytes, scanner) }
            if let last = epochs.last { lastEpoch[name] = last.sequence }
            found.append(epochs)
            if let first = epochs.first, first.sequence <= result.checkpointSequence + 1, result.ledger != nil
            {
                break
            }
        }
        return found.reversed().flatMap { $0 }
    }

    /// Cuts the torn end off the newest segment, so that frames follow each other.
    private mutating func repair(_ place: Int, _ bytes: [UInt8], _ scanner: FrameScanner) {
        let torn = bytes.count - scanner.wholeEnd
        isLastDamaged = scanner.damagedBytes > torn
        guard torn > 0 else { return }
        let descriptor = disk.openAppending("\(folder)/\(segments[place].name.text)")
        guard descriptor >= 0 else {
            isLastDamaged = true
            return
        }
        if disk.truncate(descriptor, to: UInt64(scanner.wholeEnd)) < 0 {
            isLastDamaged = true
        } else {
            segments[place].bytes = UInt64(scanner.wholeEnd)
        }
        disk.close(descriptor)
    }

    private mutating func apply(_ epoch: Epoch) {
        guard !epoch.isWhole, epoch.ledger == result.ledger ?? epoch.ledger, epoch.sequence > result.sequence
        else {
            return
        }
        result.ledger = epoch.ledger
        result.missingEpochs += epoch.sequence - result.sequence - 1
        result.sequence = epoch.sequence
        for mark in epoch.marks { marks[mark.number] = mark }
        for number in epoch.forgotten { marks[number] = nil }
        result.epoch.time = epoch.time
        result.epoch.lookedAt = epoch.lookedAt
        result.epoch.nextNumber = epoch.nextNumber
        result.epoch.counters = epoch.counters
        if !epoch.deltas.isEmpty { result.deltas.append(epoch.deltas) }
    }

    /// The whole epochs among a file's frames.
    static func epochs(in bytes: [UInt8], _ scanner: inout FrameScanner) -> [Epoch] {
        var decoder = EpochDecoder()
        var epochs: [Epoch] = []
        while let frame = scanner.next(in: bytes) {
            guard frame.kind == FrameKind.epoch.rawValue else { continue }
            do throws(WireError) {
                if let epoch = try decoder.take(bytes, frame.payload) { epochs.append(epoch) }
            } catch {
                // Whole by its checksum, and not ours: of a later release perhaps. What it says is not known.
                decoder = EpochDecoder()
            }
        }
        return epochs
    }
}
