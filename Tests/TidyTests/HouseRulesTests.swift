import Foundation
import TestSupport
import Testing

@Suite struct `The house` {
    private static let swiftFolders = ["Sources", "Tests", "Benchmarks"]

    @Test func `leaves nothing unfinished in the sources`() throws {
        let marks = ["TODO", "FIXME", "XXX", "fatalError(", "try!", "as! ", "not implemented"]
        for file in Repository.files(in: "Sources", suffix: ".swift") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for mark in marks {
                #expect(!text.contains(mark), "\(file.lastPathComponent) holds \(mark)")
            }
        }
    }

    /// Swift 6.3's optimizer gives such a tuple another task's first element where a task group's closure returns it from a
    /// `do` with a `catch`; without optimization it is right.
    @Test func `awaits nothing that throws inside a tuple`() throws {
        for folder in Self.swiftFolders {
            for file in Repository.files(in: folder, suffix: ".swift") {
                let text = try String(contentsOf: file, encoding: .utf8)
                for line in text.split(separator: "\n") {
                    // A call's bracket stands behind a name.
                    let tuple = line.firstMatch(of: /(^|[ =(\[{])\([^()]*,[^=]*try await/)
                    #expect(tuple == nil, "\(file.lastPathComponent): bind it to a name before:\(line)")
                }
            }
        }
    }

    @Test func `says every test's name as a sentence`() throws {
        for file in Repository.files(in: "Tests", suffix: "Tests.swift") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for line in text.split(separator: "\n") where line.hasPrefix("@Suite struct ") {
                #expect(
                    line.hasPrefix("@Suite struct `"),
                    "\(file.lastPathComponent): \(line)")
            }
        }
    }

    @Test func `has no test that sleeps`() throws {
        let sleeps = ["Task." + "sleep", "usleep" + "(", "Thread." + "sleep", " sleep" + "("]
        for file in Repository.files(in: "Tests", suffix: ".swift") {
            let text = try String(contentsOf: file, encoding: .utf8)
            for call in sleeps {
                #expect(!text.contains(call), "\(file.lastPathComponent) calls \(call)")
            }
        }
    }

    @Test func `keeps its scripts clean under shellcheck`() throws {
        let scripts = try shellScripts()
        #expect(!scripts.isEmpty)
        guard let shellcheck = Program.find("shellcheck") else {
            print("skipped: shellcheck is not installed; `make test` installs it")
            return
        }
        let result = try Program.run(shellcheck, scripts.map(\.path))
        #expect(result.status == 0, "\(result.output)")
    }

    @Test func `has one target in the Makefile for each that the documents name`() throws {
        let makefile = try Repository.text("Makefile")
        for target in [
            "help", "run", "build", "install", "dist", "test", "lint", "format", "bench", "fuzz", "size",
        ] {
            #expect(makefile.contains("\n\(target):"), "make \(target)")
        }
    }

    /// The files outside Sources and Tests that begin with `#!/bin/sh`.
    private func shellScripts() throws -> [URL] {
        ["Agents", ".ci", "Benchmarks", "docs"].flatMap { Repository.files(in: $0, suffix: "") }
            .filter { file in
                guard let data = try? Data(contentsOf: file) else { return false }
                return data.starts(with: Data("#!/bin/sh".utf8))
            }
    }
}
