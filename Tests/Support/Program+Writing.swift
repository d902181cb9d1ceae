import Foundation

extension Program {
    /// Writes a shell script that may be run at once; the folders to it are made.
    package static func script(_ lines: String, at path: String) throws {
        try write("#!/bin/sh\n\(lines)\n", to: path)
    }

    /// Writes a program. A child does it: of a file that this process holds open for writing, a child that another test
    /// starts at that moment is an heir, and then nobody can run the program ("text file busy").
    package static func write(_ text: String, to path: String, mode: Int = 0o755) throws {
        let made = try run(
            "/bin/sh",
            [
                "-c", #"mkdir -p "$(dirname "$0")" && cat >"$0" && chmod "$1" "$0""#, path,
                String(mode, radix: 8),
            ], input: Data(text.utf8))
        guard made.status == 0 else { throw ProgramError.notWritten(path: path, reason: made.errors) }
    }
}
