import Foundation
import RequestLogs
import TestSupport
import Testing

/// Whole logs of every stack, as nasty as their programs can write them, beside what they tell: `Tests/Fixtures/logs`,
/// where its README says how a case is written.
@Suite struct `A nasty log` {
    struct Case: CustomTestStringConvertible, Sendable {
        var facts: [String: String] = [:]
        var formats: [String] = []
        var log: [UInt8] = []

        var testDescription: String { facts["name"] ?? "" }
    }

    static var cases: [Case] {
        let folder = Repository.root.appending(path: "Tests/Fixtures/logs")
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().flatMap { name in
            let text = (try? [UInt8](Data(contentsOf: folder.appending(path: name)))) ?? []
            return cases(in: text)
        }
    }

    /// Cases are parted by lines of `====`, what is known of a log from its lines by one of `---`.
    private static func cases(in text: [UInt8]) -> [Case] {
        var cases: [Case] = []
        var one = Case()
        var isLog = false
        for line in text.split(separator: 0x0A, omittingEmptySubsequences: false) {
            if line.elementsEqual("====".utf8) {
                cases.append(one)
                (one, isLog) = (Case(), false)
            } else if isLog {
                one.log += unescaped(line) + [0x0A]
            } else if line.elementsEqual("---".utf8) {
                isLog = true
            } else {
                let parts = String(decoding: line, as: UTF8.self).split(separator: ":", maxSplits: 1)
                let value = parts.last?.trimmingCharacters(in: .whitespaces) ?? ""
                if parts.first == "format" {
                    one.formats.append(value)
                } else {
                    one.facts[String(parts.first ?? "")] = value
                }
            }
        }
        // The file's last line feed ends a line and begins none.
        one.log.removeLast()
        return cases + [one]
    }

    /// The bytes that stand as hexadecimal digits between guillemets.
    private static func unescaped(_ line: ArraySlice<UInt8>) -> [UInt8] {
        let parts = Array(line).split(separator: [0xC2, 0xAB])
        return parts.enumerated().flatMap { index, part -> [UInt8] in
            guard index > 0 || line.starts(with: [0xC2, 0xAB]), let close = part.firstRange(of: [0xC2, 0xBB])
            else { return Array(part) }
            let digits = String(decoding: part[..<close.lowerBound], as: UTF8.self).split(separator: " ")
            return digits.compactMap { UInt8($0, radix: 16) } + part[close.upperBound...]
        }
    }

    @Test(arguments: cases)
    func `is read as what it tells, by its format's name and without`(_ one: Case) throws {
        #expect(!one.formats.isEmpty)
        for format in one.formats {
            guard let outcome = try Reading.read(one.log, format) else {
                Issue.record("\(format): no format fits")
                continue
            }
            let wrong = differences(one.facts, outcome)
            #expect(wrong.isEmpty, "\(format), read as \(outcome.format.name): \(wrong)\n\(outcome.json)")
        }
    }

    @Test func `is there for every stack`() {
        #expect(Self.cases.count >= 60)
    }

    private func differences(_ facts: [String: String], _ outcome: Reading.Outcome) -> [String] {
        let summary = outcome.summary
        var found: [String: String] = [
            "requests": "\(summary.requests)", "aborts": "\(summary.aborts)",
            "slow": "\(summary.entries.slowStatements)", "unparsed": "\(summary.unparsed.count)",
            "named": outcome.format.name,
        ]
        var statuses: [String: UInt64] = [:]
        for (status, count) in summary.statuses.enumerated() where count > 0 {
            statuses[status == 0 ? "none" : "\(status)"] = count
        }
        var routes: [String: UInt64] = [:]
        for one in summary.series where one.requests > 0 {
            routes["\(one.method.text) \(summary.routes.name(of: one.route))"] = one.requests
        }
        found["statuses"] = Self.text(statuses)
        found["routes"] = Self.text(routes)
        found["entries"] = Self.text(summary.entries.bySeverity)
        var wrong: [String] = []
        for (name, value) in facts.merging(["unparsed": "0"], uniquingKeysWith: { old, _ in old }) {
            let expected = value.contains("=") ? Self.sorted(value) : value
            if let here = found[name], here != expected {
                wrong.append("\(name) is \(here), not \(expected)")
            }
        }
        if let latency = facts["latency"], !isAlike(latency, summary.latency) {
            let here = summary.latency
            wrong.append("latency is \(here.count) \(here.sum) \(here.greatest), not \(latency)")
        }
        return wrong
    }

    /// `none`, or the number of durations, their sum and the greatest, in seconds.
    private func isAlike(_ text: String, _ latency: LatencyHistogram) -> Bool {
        let numbers = text.split(separator: " ").compactMap { Double($0) }
        guard numbers.count == 3 else { return latency.count == 0 }
        return Double(latency.count) == numbers[0]
            && abs(latency.sum - numbers[1]) <= numbers[1] * 1e-6 + 1e-12
            && abs(Double(latency.greatest) / 1e9 - numbers[2]) < 1e-9
    }

    private static func text(_ counts: [String: UInt64]) -> String {
        sorted(counts.map { "\($0.key)=\($0.value)" }.joined(separator: "; "))
    }

    private static func sorted(_ text: String) -> String {
        text.split(separator: ";").map { $0.trimmingCharacters(in: .whitespaces) }.sorted()
            .joined(separator: "; ")
    }
}
