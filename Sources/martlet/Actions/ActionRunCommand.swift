import ArgumentParser
import Fleet
import Foundation
import HubClient
import Telemetry
import Text

struct ActionRunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Start one action on some hosts, and show what it says.",
        discussion: HelpSections(
            examples: """
                martlet action run restart-web                     on this machine
                martlet action run restart-web 'role=web' -y
                martlet action run deploy-web web1 --param version=4.12.1 -y
                martlet action run reboot web1 --confirm web1
                martlet action run look-web '*' -o jsonl
                """,
            exitStatus: """
                0   done on every host; with --no-wait: every host has the order
                1   failed, timed out or of unknown end on some host
                4   ctrl-c ended the waiting; what was started goes on
                64  a word of the command line is wrong, or it was not confirmed
                69  the hub or some host cannot be reached
                75  not now: a lock is held, or a cooldown goes on
                77  some host or the hub's socket does not allow it
                """,
            environment: """
                MARTLET_ACTOR    a name beside yours, as --as
                """ + "\n" + HelpSections.hubEnvironment,
            files: """
                /etc/martlet/agent.conf            on the host: its [action] sections
                $XDG_STATE_HOME/martlet/audit.jsonl
                                                   the hub's orders, and its audit
                """
        ).discussion(
            """
            The order is in the hub's journal before it is sent, and the host starts it at most once, whatever becomes \
            of this command, the hub or the link. ctrl-c ends only the waiting. A host that goes away meanwhile is waited \
            for until a minute after the action's timeout, two after return_within too where it was to come back; then \
            its end is unknown here, and martlet audit says what the host tells when it is back.

            An action of danger `service` is confirmed with -y, one of danger `destroy` with --confirm and the host's \
            name, or for several hosts the selector and their number. In a terminal both are asked for.
            """))

    @OptionGroup var options: ActionOptions

    @Argument(help: ArgumentHelp("The action's name.", valueName: "name"))
    var name: String

    @Argument(
        help: ArgumentHelp(
            "Which hosts: a selector, * for all; none means this machine.", valueName: "selector"))
    var selector: String?

    @Option(
        name: .long,
        help: ArgumentHelp("A parameter's value; may be given again.", valueName: "name=value"))
    var param: [String] = []

    @Flag(name: [.customShort("y"), .long], help: "Confirms an action of danger service.")
    var yes = false

    @Option(help: ArgumentHelp("Confirms an action of danger destroy.", valueName: "name"))
    var confirm: String?

    @Flag(inversion: .prefixedNo, help: "Wait for the end, and show the output as it comes.")
    var wait = true

    @Option(
        name: .customLong("as"), help: ArgumentHelp("A name for the audit beside yours.", valueName: "name"))
    var actor: String?

    func run() async throws {
        try await ActionFailure.catching("action run") {
            let parameters = try Self.parameters(param)
            let client = try await HubAccess(socket: options.hub, hosts: []).connect()
            let chosen = try await ActionHosts(selector, client)
            let danger = try Self.danger(of: name, chosen.listings, parameters)
            try ActionConfirmation(action: name, danger: danger, hosts: chosen.hosts, selector: selector)
                .require(yes: yes, confirm: confirm)
            let named = SharedAccount.name(actor)
            let runs = try await client.order(
                OrderRequest(action: name, parameters: parameters, hosts: chosen.hosts, actor: named))
            guard wait else { return try finish(runs) }
            let patience = OrderPatience(action: name, chosen.listings) { milliseconds in
                AlertText.time(Timestamp(milliseconds: milliseconds))
            }
            try finish(
                try await OrderFollow(runs: runs, client: client, format: options.output, patience: patience)
                    .end())
        }
    }

    /// `--param`s as names and values.
    static func parameters(_ words: [String]) throws -> [String: String] {
        var parameters: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw ActionRefusal.usage("--param \(word): write NAME=VALUE")
            }
            guard parameters.updateValue(String(parts[1]), forKey: String(parts[0])) == nil else {
                throw ActionRefusal.usage("--param \(parts[0]) is given twice; keep one")
            }
        }
        return parameters
    }

    /// The greatest danger of the action among the hosts; throws what any of them would refuse.
    static func danger(
        of name: String, _ listings: [ActionListing], _ parameters: [String: String]
    ) throws -> ActionDanger {
        var danger = ActionDanger.look
        let given = parameters.map { Label($0.key, $0.value) }.sorted()
        for listing in listings where listing.isConnected {
            guard listing.refusal.isEmpty else {
                throw ActionRefusal.usage("\(listing.host): \(listing.refusal)")
            }
            let declared = listing.declared
            guard let action = declared.first(where: { $0.name == name }) else {
                let names = declared.map(\.name)
                let nearest = EditDistance.meant(by: name, among: names).map { "; did you mean \"\($0)\"?" }
                throw ActionRefusal.usage(
                    "\(listing.host) declares no action \"\(name)\""
                        + (nearest
                            ?? (names.isEmpty
                                ? "; it declares none" : "; it declares \(names.joined(separator: ", "))"))
                )
            }
            do {
                _ = try action.filled(given)
            } catch {
                throw ActionRefusal.usage("\(listing.host): \(error)")
            }
            let order: [ActionDanger] = [.look, .service, .destroy]
            if (order.firstIndex(of: action.danger) ?? 0) > (order.firstIndex(of: danger) ?? 0) {
                danger = action.danger
            }
        }
        return danger
    }

    private func finish(_ runs: [OrderRun]) throws {
        let rows = runs.map { run in
            [
                run.host, run.action, run.words,
                run.milliseconds.map { "\(Format.fixed(Double($0) / 1000, places: 1)) s" } ?? "", run.id,
            ]
        }
        if options.output != .jsonl {
            print(
                try ListText.text(
                    [
                        "host", "action", "result", ListColumn("took", .whole), ListColumn("order", .id),
                    ], rows, runs, options.output),
                terminator: "")
        }
        if let status = Self.status(of: runs, waited: wait) { throw status }
    }

    /// nil where all is well. The worst comes first: what failed is not hidden by what could not be reached.
    static func status(of runs: [OrderRun], waited: Bool) -> ExitCode? {
        if runs.contains(where: { [.failed, .timedOut, .unknown].contains($0.state) }) {
            return ExitStatus.bad
        }
        let refused = runs.filter { $0.state == .notStarted }.map(\.cause)
        if refused.contains("forbidden") { return ExitStatus.notAllowed }
        if refused.contains("busy") { return ExitStatus.later }
        if refused.contains("unreachable") { return ExitStatus.unreachable }
        if !refused.isEmpty { return ExitStatus.bad }
        return waited && runs.contains { !$0.state.isOver } ? ExitStatus.unreachable : nil
    }
}

/// What comes of orders as lines for people, or as an object a line.
struct OrderPrinter {
    private let format: ListFormat
    private let hosts: [String: String]
    private let showsHost: Bool
    private let width: Int
    /// What has come of a line that is not over, by order.
    private var pending: [String: [UInt8]] = [:]
    private var ends: [String: UInt64] = [:]

    private static let lineMax = 16_384

    init(_ runs: [OrderRun], format: ListFormat) {
        self.format = format
        hosts = Dictionary(runs.map { ($0.id, $0.host) }) { first, _ in first }
        showsHost = runs.count > 1
        width = runs.map { SafeText($0.host).width }.max() ?? 0
    }

    mutating func text(of update: OrderUpdate) -> String {
        switch (update, format) {
        case (.run(let run), .jsonl): return ((try? ListText.json(run)) ?? "") + "\n"
        case (.output(let id, let offset, let bytes), .jsonl):
            let line = Line(order: id, host: hosts[id] ?? "", offset: offset, output: safe(bytes))
            return ((try? ListText.json(line)) ?? "") + "\n"
        case (.output(let id, let offset, let bytes), .table): return lines(id, offset, bytes)
        case (.run(let run), .table):
            guard run.state.isOver, let rest = pending.removeValue(forKey: run.id), !rest.isEmpty else {
                return ""
            }
            return line(run.id, rest[...])
        default: return ""
        }
    }

    private struct Line: Encodable {
        let order: String
        let host: String
        let offset: UInt64
        let output: String
    }

    private mutating func lines(_ id: String, _ offset: UInt64, _ bytes: [UInt8]) -> String {
        var text = ""
        let expected = ends[id] ?? 0
        if offset > expected { text += line(id, Array("… \(offset - expected) bytes dropped".utf8)[...]) }
        ends[id] = offset &+ UInt64(bytes.count)
        let whole = (pending[id] ?? []) + bytes
        var start = 0
        while let end = whole[start...].firstIndex(of: 0x0A) {
            text += line(id, whole[start..<end])
            start = end + 1
        }
        var rest = whole[start...]
        if rest.count > Self.lineMax {
            text += line(id, rest)
            rest = []
        }
        pending[id] = Array(rest)
        return text
    }

    private func line(_ id: String, _ bytes: ArraySlice<UInt8>) -> String {
        let text = SafeText(String(decoding: bytes, as: UTF8.self)).string
        guard showsHost else { return text + "\n" }
        return SafeText(hosts[id] ?? "").padded(to: width, alignment: .left).string + "  " + text + "\n"
    }

    private func safe(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}
