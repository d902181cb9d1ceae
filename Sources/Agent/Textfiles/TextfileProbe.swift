import Telemetry
import Wire

/// Series that scripts leave in folders as `*.prom` files, as node_exporter's textfile collector takes them.
///
/// The files lie on a disk, which may hang: they are read by a child each ten seconds and looked at only when something
/// changed. A file with an error sets `node_textfile_scrape_error`, and what it gave before has no value until it is
/// read again or gone; the others are taken.
package final class TextfileProbe: Probe {
    package let name = "textfile"
    package let tier = Tier.tenSeconds

    private struct File {
        let path: String
        /// nil when it cannot be read.
        let content: PatientReader.File?
    }

    private struct Row {
        let definition: SeriesDefinition
        let slot: Int
        let path: String
        var round: UInt64
    }

    package static let foldersMax = 16
    /// Of all folders together.
    package static let filesMax = 128
    package static let seriesMax = 4096
    /// A longer file is an error, as one that is cut off would be.
    package static let fileBytesMax = 1 << 18
    /// Of all files together; those beyond are errors.
    private static let bytesMax = 1 << 20
    private static let listingBytesMax = 1 << 16
    private static let roundNanoseconds: UInt64 = 9_500_000_000

    /// Whether another collector has series of that name: of two sources for one name the file is refused.
    package var isTaken: (String) -> Bool = { _ in false }

    private let folders: [String]
    private let reader: PatientReader
    private var roundAt: UInt64 = 0
    /// Folders and files that are asked for and have not been answered.
    private var open = 0
    private var files: [File] = []
    private var byteCount = 0
    /// Folders and files of which this round does not know what they hold.
    private var unread: [String] = []
    private var hasNews: Bool
    private var shownHash: UInt64?
    private var rows: [SeriesKey: Row] = [:]
    private var round: UInt64 = 0
    private var errorSlot = -1

    package init(_ folders: [String] = [], _ reader: PatientReader) {
        self.folders = folders
        self.reader = reader
        // Nowhere to look: nothing failed, and rules that watch for that need the series.
        hasNews = folders.isEmpty
    }

    package func wantsReading(at now: TickTime) -> Bool {
        open > 0 || (hasNews && !folders.isEmpty)
    }

    package func read(into readings: inout Readings, at now: TickTime) throws(ProbeError) {
        let time = now.bootNanoseconds
        if open == 0, !hasNews, !folders.isEmpty, roundAt == 0 || time &- roundAt >= Self.roundNanoseconds {
            roundAt = time
            begin()
        }
        if open > 0 { reader.tick(at: time) }
        if hasNews { show(&readings) }
        guard errorSlot >= 0 else { throw .overdue(what: "the folders of text files") }
    }

    // MARK: Asking

    private func begin() {
        files.removeAll()
        unread.removeAll()
        byteCount = 0
        open = folders.count
        for folder in folders {
            let isAsked = reader.askFile(folder, limit: Self.listingBytesMax) { [weak self] listing in
                self?.list(folder, listing)
            }
            if !isAsked { list(folder, nil) }
        }
    }

    private func list(_ folder: String, _ listing: PatientReader.File?) {
        defer { answered() }
        guard let listing else {
            unread.append(folder)
            return
        }
        var names: [String] = []
        ProcFolder.entries(listing.bytes.span) { bytes, name in
            let text = Fields.text(bytes, name)
            if text.hasSuffix(".prom") { names.append(text) }
        }
        for name in names.sorted() { ask("\(folder)/\(name)") }
    }

    private func ask(_ path: String) {
        guard files.count + open <= Self.filesMax else {
            unread.append(path)
            return
        }
        open += 1
        let isAsked = reader.askFile(path, limit: Self.fileBytesMax) { [weak self] content in
            self?.take(path, content)
        }
        if !isAsked { take(path, nil) }
    }

    private func take(_ path: String, _ content: PatientReader.File?) {
        byteCount += content?.bytes.count ?? 0
        files.append(File(path: path, content: byteCount <= Self.bytesMax ? content : nil))
        answered()
    }

    private func answered() {
        open -= 1
        if open == 0 { hasNews = true }
    }

    // MARK: Showing

    private func show(_ readings: inout Readings) {
        hasNews = false
        // What was taken is in the series then.
        defer { files.removeAll() }
        let hash = contentHash()
        guard hash != shownHash else { return }
        shownHash = hash
        if errorSlot < 0 {
            errorSlot = readings.define(SeriesDefinition(SeriesKey("node_textfile_scrape_error"), .gauge))
        }
        round += 1
        files.sort { $0.path < $1.path }
        for file in files {
            do throws(TextfileError) {
                try show(file, &readings)
            } catch {
                unread.append(file.path)
            }
        }
        let unreadPaths = Set(unread)
        for (key, row) in rows where row.round != round {
            let folder = row.path.lastIndex(of: "/").map { String(row.path[..<$0]) } ?? ""
            // A script that failed to write its file has not done away with what the file is about.
            if unreadPaths.contains(row.path) || unreadPaths.contains(folder) {
                readings[row.slot] = row.definition.scale.absent
            } else {
                readings.retire(row.slot)
                rows[key] = nil
            }
        }
        readings[errorSlot] = unread.isEmpty ? 0 : 1
    }

    private func show(_ file: File, _ readings: inout Readings) throws(TextfileError) {
        guard let content = file.content, content.bytes.count < Self.fileBytesMax else {
            throw TextfileError(line: 0, reason: "it cannot be read, or is too long")
        }
        let samples = try Textfile.samples(content.bytes)
        guard rows.count + samples.count <= Self.seriesMax else {
            throw TextfileError(line: 0, reason: "more than \(Self.seriesMax) series")
        }
        var taken = ""
        for sample in samples {
            let key = sample.definition.key
            // Series of one name stand together: one look for all of them.
            if key.name != taken, isTaken(key.name) {
                throw TextfileError(line: sample.line, reason: "another source has series of this name")
            }
            taken = key.name
            let isOurs = key.name.hasPrefix("node_textfile_") || key.name.hasPrefix("node_scrape_collector_")
            guard !isOurs, rows[key]?.round != round else {
                throw TextfileError(line: sample.line, reason: "another file has this series")
            }
        }
        for sample in samples { set(sample.definition, sample.value, of: file, &readings) }
        let modified = SeriesDefinition(
            SeriesKey("node_textfile_mtime_seconds", ["file": file.path]), .gauge, .double)
        set(modified, Double(content.modified) / 1000, of: file, &readings)
    }

    private func set(
        _ definition: SeriesDefinition, _ value: Double, of file: File, _ readings: inout Readings
    ) {
        let slot: Int
        if let known = rows[definition.key], known.definition == definition {
            slot = known.slot
        } else {
            if let known = rows[definition.key] { readings.retire(known.slot) }
            slot = readings.define(definition)
        }
        rows[definition.key] = Row(definition: definition, slot: slot, path: file.path, round: round)
        readings[slot] = Int64(bitPattern: value.bitPattern)
    }

    /// FNV-1a, 64 bits, of all that is shown.
    private func contentHash() -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for path in unread.sorted() {
            for byte in path.utf8 { add(byte) }
            add(0)
        }
        for file in files.sorted(by: { $0.path < $1.path }) {
            for byte in file.path.utf8 { add(byte) }
            add(file.content == nil ? 0xFE : 0xFF)
            guard let content = file.content else { continue }
            for place in 0..<8 { add(UInt8(truncatingIfNeeded: content.modified >> Int64(8 * place))) }
            for byte in content.bytes { add(byte) }
        }
        return hash
    }
}
