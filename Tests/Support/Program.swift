package import Foundation

/// Runs programs that a test needs, and finds the ones this build made.
package enum Program {
    package struct Result: Sendable {
        package let status: Int32
        package let output: String
        package let errors: String
    }

    /// The program's full path where PATH has it, else nil.
    package static func find(_ name: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return (folders + ["/usr/sbin", "/sbin"]).map { "\($0)/\(name)" }
            .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// `martlet` or `martlet-agent` as the package manager built it beside the tests; nil where it was not built.
    package static func built(_ name: String) -> String? {
        [
            URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent(),
            Repository.root.appending(path: ".build/debug"),
        ]
        .map { $0.appending(path: name).path }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }

    /// The static, stripped agent that `make agent` leaves; nil where it was not made.
    package static var releaseAgent: String? {
        let path =
            ProcessInfo.processInfo.environment["MARTLET_AGENT"]
            ?? Repository.root.appending(path: "bin/martlet-agent").path
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    /// Runs `program` to its end; standard input is empty unless given.
    package static func run(
        _ program: String, _ arguments: [String] = [], input: Data = Data(),
        environment: [String: String]? = nil, folder: URL? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        if let environment { process.environment = environment }
        if let folder { process.currentDirectoryURL = folder }
        // Files rather than pipes: a program that prints much cannot block on us.
        let scratch = try TemporaryFolder()
        let outputFile = scratch.url.appending(path: "output")
        let errorFile = scratch.url.appending(path: "errors")
        let inputFile = scratch.url.appending(path: "input")
        for (file, data) in [(outputFile, Data()), (errorFile, Data()), (inputFile, input)] {
            try data.write(to: file)
        }
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        try process.run()
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
    }
}
