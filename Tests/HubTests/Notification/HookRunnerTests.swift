import Foundation
import Hub
import Synchronization
import Telemetry
import TestSupport
import Testing

@Suite struct `A hook's run` {
    private let folder: TemporaryFolder
    private let runner = HookRunner(
        environment: ["PATH": "/usr/bin:/bin", "HOME": "/tmp", "SECRET_OF_THE_HUB": "x"],
        graceMilliseconds: 300)

    init() throws {
        folder = try TemporaryFolder()
    }

    private var path: String { folder.url.path }

    private func shell(_ line: String, timeout: Int64 = 20_000) -> HookRequest {
        HookRequest(command: .shell(line), timeoutMilliseconds: timeout, folder: path)
    }

    private func script(_ name: String, _ text: String, mode: Int = 0o755) throws -> String {
        let file = folder.url.appending(path: name).path
        try Program.write(text, to: file, mode: mode)
        return file
    }

    @Test(arguments: [
        (0, HookOutcome.done), (75, .later), (1, .failed(status: 1)), (130, .failed(status: 130)),
    ])
    func `answers by its exit status`(_ row: (status: Int, outcome: HookOutcome)) async {
        let result = await runner.run(shell("echo said; echo more >&2; exit \(row.status)"))
        #expect(result.outcome == row.outcome)
        #expect(result.output == "said\nmore\n")
        #expect(result.started != nil)
    }

    @Test func `gets its facts, nothing of the hub's environment, its input and the folder`() async {
        var request = shell(
            "env | sort | grep -v ^PWD= | grep -v ^_= | grep -v ^SHLVL=; cat; pwd; { cat <&3; } 2>/dev/null || echo none"
        )
        request.facts = ["MARTLET_ALERT": "Full\nof = signs", "MARTLET_HOST": ""]
        request.input = Array("{\"version\":\"4\"}\n".utf8)
        let result = await runner.run(request)
        #expect(
            result.output == """
                HOME=/tmp
                LANG=C.UTF-8
                MARTLET_ALERT=Full
                MARTLET_HOST=
                PATH=/usr/bin:/bin
                USER=
                of = signs
                {"version":"4"}
                \(path)
                none

                """)
    }

    @Test func `reads its secret from descriptor 3, which only its owner may read`() async throws {
        let secret = try script("token", "geheim", mode: 0o600)
        var request = shell("cat <&3")
        request.secret = "token"
        #expect(await runner.run(request).output == "geheim")
        chmod(secret, 0o640)
        let reason = "\(secret): a secret is a file that its owner alone may read; chmod 600 it"
        #expect(await runner.run(request).outcome == .notStarted(reason: reason))
    }

    @Test func `reads as much input as it likes, without holding anybody up`() async {
        var request = shell("head -c 3; exit 0")
        request.input = [UInt8](repeating: 0x61, count: 256 << 10)
        #expect(await runner.run(request).output == "aaa")
        request.command = .shell("wc -c | tr -d ' '")
        #expect(await runner.run(request).output == "262144\n")
    }

    @Test func `has its argv word for word`() async throws {
        let file = try script("args.sh", "#!/bin/sh\nfor word; do printf '<%s>' \"$word\"; done\n")
        for words in [["a b", "$HOME", "*", "; ls", "", "\"'\\"], ["--", "ü"]] {
            let result = await runner.run(HookRequest(command: .argv(["./args.sh"] + words), folder: path))
            #expect(result.output == words.map { "<\($0)>" }.joined())
        }
        #expect(await runner.run(HookRequest(command: .argv([file, "x"]), folder: path)).output == "<x>")
    }

    @Test func `keeps the last 4 KiB of a flood`() async {
        let result = await runner.run(shell("head -c 3000000 /dev/zero | tr '\\0' x; printf end"))
        #expect(result.outcome == .done)
        #expect(result.output.utf8.count == HookResult.outputBytesMax)
        #expect(result.output.hasSuffix("xxxend"))
    }

    @Test func `does not wait for what it leaves in the background`() async {
        let result = await runner.run(shell("sleep 1000 & echo $!; exit 0", timeout: 12_000))
        #expect(result.outcome == .done && result.milliseconds < 10_000)
        let pid = Int32(result.output.trimmingCharacters(in: .whitespacesAndNewlines)) ?? 0
        #expect(pid > 0)
        // Its time ends that too.
        #expect(await Eventually.comes(within: 40) { kill(pid, 0) != 0 })
    }

    @Test(arguments: [
        // Hangs; ignores TERM; has grandchildren in sessions of their own, orphaned before the deadline.
        "echo $$; sleep 1000",
        "trap '' TERM; echo $$; while :; do sleep 1; done",
        "(setsid sh -c 'trap \"\" TERM; echo $$; sleep 1000 & wait; wait; while :; do sleep 1; done' &); sleep 1000",
        "for i in 1 2 3 4 5 6 7 8; do (setsid setsid sh -c 'echo $$; sleep 1000 & echo $!; wait' &); done; sleep 1000",
    ])
    func `is ended with all its processes when its time is over`(_ line: String) async {
        let result = await runner.run(shell(line, timeout: 3000))
        #expect(result.outcome == .late)
        let pids = result.output.split(separator: "\n").compactMap { Int32($0) }
        #expect(!pids.isEmpty)
        for pid in pids {
            #expect(await Eventually.comes { kill(pid, 0) != 0 }, "\(pid) of \(line) lives")
        }
    }

    @Test func `has time to end by itself after TERM`() async {
        let line = "trap 'echo bye; exit 3' TERM; echo here; while :; do sleep 0.05; done"
        let result = await runner.run(shell(line, timeout: 3000))
        #expect(result.outcome == .late)
        #expect(result.output.contains("bye"))
    }

    @Test func `is refused where others could have written it`() async throws {
        let file = try script("open.sh", "#!/bin/sh\n", mode: 0o777)
        let request = HookRequest(command: .argv([file]), folder: path)
        #expect(
            await runner.run(request).outcome
                == .notStarted(reason: "\(file): may be written by others; chmod go-w it"))
        chmod(file, 0o755)
        #expect(await runner.run(request).outcome == .done)
        chmod(path, 0o777)
        #expect(
            await runner.run(request).outcome
                == .notStarted(reason: "\(path): may be written by others; chmod go-w it"))
    }

    @Test func `says what is wrong with a program that cannot run`() async throws {
        let plain = try script("plain", "echo hello\n")
        let strange = try script("strange", "#!/nowhere/sh\n")
        let closed = try script("closed", "#!/bin/sh\n", mode: 0o644)
        for (word, reason) in [
            ("hooks/none.sh", "\(path)/hooks/none.sh: is not there"),
            (
                "no-such-program",
                "no-such-program: is not on PATH; give its path, such as hooks/no-such-program"
            ),
            (plain, "\(plain): is neither a program nor does it begin with #!"),
            (strange, "\(strange): it, the program its first line names, or the folder is not there"),
            (closed, "\(closed): is not executable; chmod 755 it"),
        ] {
            let result = await runner.run(HookRequest(command: .argv([word]), folder: path))
            #expect(result.outcome == .notStarted(reason: reason))
        }
    }

    @Test func `leaves a note of its end, and holds it while it runs`() async throws {
        var request = shell("while [ ! -e go ]; do sleep 0.05; done; exit 75")
        request.note = folder.url.appending(path: "note").path
        let note = try #require(request.note)
        #expect(HookNote.read(note, program: "sh") == .lost)
        async let result = runner.run(request)
        #expect(await Eventually.comes { HookNote.read(note, program: "sh") == .running })
        try Data().write(to: folder.url.appending(path: "go"))
        #expect(await result.outcome == .later)
        #expect(await Eventually.comes { HookNote.read(note, program: "sh") == .ended(.later) })
    }

    @Test func `runs beside many others`() async {
        await withTaskGroup(of: HookOutcome.self) { tasks in
            for number in 0..<40 {
                tasks.addTask { await runner.run(shell("exit \(number % 2)")).outcome }
            }
            var done = 0
            for await outcome in tasks where outcome == .done { done += 1 }
            #expect(done == 20)
        }
    }
}
