import Foundation
import TestSupport
import Testing

@Suite struct `The fuzz target of frames` {
    /// Beside the test bundle, where the build put it.
    private static var program: String {
        URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
            .appending(path: "FrameFuzz").path
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: program)))
    func `holds its promises over a thousand seeded inputs`() throws {
        let result = try Program.run(Self.program, ["1000", "20261124"])
        #expect(result.status == 0, "\(result.output)")
    }
}
