import Canvas
package import Fleet
import Telemetry

/// What the query bar is told of the rows below it.
extension HostScreen {
    package func counts(_ context: ScreenContext) -> (shown: Int, total: Int)? {
        guard let host = context.hostState else { return nil }
        switch pane {
        case .processes:
            return host.table.map { (processes.lines.count { !$0.isContext }, $0.rows.count) }
        case .units: return (units.count, host.subjects(of: "unit.cpu").count)
        case .containers: return (containers.count, host.subjects(of: "container.cpu").count)
        }
    }

    package func completions(_ context: ScreenContext) -> (attributes: [String: [String]], signals: [Signal])
    {
        guard let host = context.hostState else { return ([:], []) }
        switch pane {
        case .processes:
            let rows = host.table?.rows ?? []
            let attributes = [
                "user": Self.distinct(rows.map(\.user)), "command": Self.distinct(rows.map(\.command)),
                "unit": Self.distinct(rows.map(\.unit)), "state": ["R", "S", "D", "Z", "T", "I"], "pid": [],
            ]
            return (attributes, [Signal.named("cpu")].compactMap { $0 } + Signal.processFields)
        case .units: return (groups(.unit, host), signals(.unit))
        case .containers: return (groups(.container, host), signals(.container))
        }
    }

    private func groups(_ kind: GroupKind, _ host: HostState) -> [String: [String]] {
        [kind.rawValue: host.subjects(of: "\(kind.rawValue).cpu").sorted(), "state": ["active", "failed"]]
    }

    private func signals(_ kind: GroupKind) -> [Signal] {
        Signal.catalogue.filter { $0.name.hasPrefix("\(kind.rawValue).") }
    }

    private static func distinct(_ values: [String]) -> [String] {
        Set(values).subtracting([""]).sorted()
    }
}
