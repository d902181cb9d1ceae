import Archive
import Fleet
import Foundation
import Hub
import Logging
import Telemetry
import TestSupport
import Testing

/// A file system of its own in memory, which can be filled; taken away with it.
private final class SmallDisk {
    let path: String
    private let folder: TemporaryFolder

    /// nil where this user may not mount one.
    init?(mebibytes: Int) throws {
        folder = try TemporaryFolder()
        path = folder.url.path
        guard geteuid() == 0, Self.run("mount", "-t", "tmpfs", "-o", "size=\(mebibytes)m", "tmpfs", path)
        else {
            return nil
        }
    }

    deinit { _ = Self.run("umount", "-l", path) }

    /// Writes until there is room for nothing.
    func fill() {
        let descriptor = open("\(path)/filler", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        defer { close(descriptor) }
        let block = [UInt8](repeating: 1, count: 64 << 10)
        while write(descriptor, block, block.count) > 0 {}
    }

    func makeRoom() { unlink("\(path)/filler") }

    private static func run(_ words: String...) -> Bool {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = words
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }
}

@Suite struct `A hub whose disk is full` {
    private static let line =
        "echo $MARTLET_ALERT $MARTLET_STATUS ${MARTLET_UNJOURNALED:-kept} >> \"$MARTLET_OUT\""

    private func notifier(on disk: SmallDisk, telling out: String) throws -> Notifier {
        var settings = HookSettings()
        settings.hooks["log"] = HookDefinition(
            name: "log", command: .shell(Self.line.replacing("$MARTLET_OUT", with: out)), gather: .zero)
        settings.notify[.critical] = ["log"]
        return Notifier(
            journal: try Journal(path: "\(disk.path)/journal.db"), notes: "\(disk.path)/hooks",
            setup: .init(settings: settings, folder: "/", runsHooks: true),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func tell(_ notifier: Notifier, _ number: Int64, _ name: String, isOver: Bool = false) async
        -> Bool
    {
        let since = Timestamp(milliseconds: 1_893_553_324_000)
        let alert = Alert(
            id: name.lowercased(), key: AlertKey(name), severity: .critical,
            state: isOver ? .resolved : .firing, since: since, firedAt: since, hooks: ["log"])
        let transition = AlertTransition(
            number: number, kind: isOver ? .resolved : .firing, at: since, alert: alert, isNotice: true)
        let changes = AlertChanges(
            evaluatedMilliseconds: number * 1000, lastNumber: number, transitions: [transition],
            changed: isOver ? [] : [SavedAlert(alert: alert, held: .running(since: 0))],
            closed: isOver ? [alert.key] : [])
        let isKept = (try? await notifier.record(changes)) != nil
        await notifier.deliver(changes.transitions, isJournaled: isKept)
        return isKept
    }

    @Test func `pages first, says so, and keeps what it owes when there is room again`() async throws {
        guard let disk = try SmallDisk(mebibytes: 48) else {
            print("skipped: this user may mount no filesystem of memory")
            return
        }
        let outside = try TemporaryFolder()
        let out = outside.url.appending(path: "out").path
        func told() -> [String] {
            ((try? String(contentsOfFile: out, encoding: .utf8)) ?? "").split(separator: "\n").map(
                String.init)
        }
        let first = try notifier(on: disk, telling: out)
        try await first.restore()
        await first.begin()
        disk.fill()
        // The reserve is there for this.
        #expect(await tell(first, 1, "Reserved"))
        #expect(await Eventually.comes { await first.isIdle && told() == ["Reserved firing kept"] })
        disk.fill()
        #expect(await !tell(first, 2, "Lost"))
        #expect(await !tell(first, 3, "Reserved", isOver: true))
        #expect(await Eventually.comes { await first.isIdle && told().count == 3 })
        #expect(Set(told().dropFirst()) == ["Lost firing 1", "Reserved resolved 1"])
        #expect(await first.board().journalTrouble?.contains("the disk is full") == true)
        await #expect(throws: JournalError.self) {
            try await first.acknowledge("lost", by: "jo", note: "on it")
        }
        let always = (from: Timestamp(milliseconds: 0), to: Timestamp(milliseconds: .max))
        let expected = [AlertEvent.Kind.firing, .firing, .resolved]
        #expect(try await first.events(from: always.from, to: always.to).map(\.kind) == expected)

        disk.makeRoom()
        await first.tick()
        #expect(await first.board().journalTrouble == nil)
        let second = try notifier(on: disk, telling: out)
        try await second.restore()
        await second.begin()
        #expect(await second.board().alerts.map(\.name) == ["Lost"])
        #expect(try await second.events(from: always.from, to: always.to).map(\.kind) == expected)
        await second.tick()
        #expect(await Eventually.comes { await second.isIdle })
        #expect(told().count == 3)
        _ = try await second.acknowledge("lost", by: "jo", note: "on it")
    }
}
