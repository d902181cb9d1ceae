import Glibc
package import Telemetry

/// Reads what was recorded; needs no lock and never holds the writer up. What the ring gives up meanwhile is passed over.
package struct RecorderReader {
    private let folder: String
    private let disk: any RecorderDisk

    package init(folder: String, disk: any RecorderDisk) {
        self.folder = folder
        self.disk = disk
    }

    /// The segments there are, oldest first.
    package var segments: [SegmentName] {
        (disk.names(in: folder) ?? []).compactMap { SegmentName($0) }.sorted()
    }

    /// The bytes, oldest first, of segments that may hold something of the span; one segment's a call, with the time up to
    /// which it may go.
    ///
    /// A segment being written gives the frames that are whole by now.
    package func frames(from: Timestamp, to: Timestamp, _ body: ([UInt8], _ end: Timestamp) -> Void) {
        let segments = segments
        for (place, segment) in segments.enumerated() {
            // A segment goes on to the next one's beginning.
            let isBefore = place + 1 < segments.count && segments[place + 1].milliseconds < from.milliseconds
            guard !isBefore, segment.milliseconds <= to.milliseconds,
                let bytes = disk.read("\(folder)/\(segment.text)", limit: RecorderLimits.readBytes)
            else { continue }
            let end = place + 1 < segments.count ? segments[place + 1].milliseconds : Int64.max
            body(bytes, Timestamp(milliseconds: end))
        }
    }
}
