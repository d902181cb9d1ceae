package import Fleet
import Foundation

/// The audit's records one after another, each bound to the one before.
package struct AuditChain: Sendable {
    package private(set) var number: UInt64 = 0
    package private(set) var digest = ""

    package init() {}

    /// The next record, and the line that it is in the file.
    package mutating func next(
        at time: Int64, _ event: String, order: OrderRun? = nil, text: String = ""
    ) -> (record: AuditRecord, line: [UInt8]) {
        number += 1
        var record = AuditRecord(
            number: number, time: time, event: event, order: order, text: text, previous: digest)
        record.digest = Self.digest(of: record)
        digest = record.digest
        return (record, Self.json(record) + [0x0A])
    }

    /// What the records of a file are, and what is wrong with them: the first line that does not follow from the one before.
    package static func read(_ bytes: [UInt8]) -> (
        records: [AuditRecord], fault: String?, chain: AuditChain, whole: Int
    ) {
        var chain = AuditChain()
        var records: [AuditRecord] = []
        var fault: String?
        var start = 0
        var line = 0
        let decoder = JSONDecoder()
        while let end = bytes[start...].firstIndex(of: 0x0A) {
            line += 1
            defer { start = end + 1 }
            guard let record = try? decoder.decode(AuditRecord.self, from: Data(bytes[start..<end])) else {
                fault = fault ?? "line \(line) is no record"
                continue
            }
            if fault == nil {
                if record.number != chain.number + 1 {
                    fault = "line \(line): record \(record.number) where \(chain.number + 1) should be"
                } else if record.previous != chain.digest {
                    fault = "line \(line): record \(record.number) does not follow from the one before"
                } else if record.digest != digest(of: record) {
                    fault = "line \(line): record \(record.number) was changed"
                }
            }
            chain.number = record.number
            chain.digest = record.digest
            records.append(record)
        }
        return (records, fault, chain, start)
    }

    private static func digest(of record: AuditRecord) -> String {
        var bare = record
        bare.digest = ""
        return SHA256.hex(json(bare))
    }

    private static func json(_ record: AuditRecord) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(record)).map(Array.init) ?? []
    }
}
