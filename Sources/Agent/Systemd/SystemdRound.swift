/// What systemd says of one unit.
package struct SystemdUnit: Equatable {
    package let name: String
    package let loadState: String
    package let activeState: String
    /// The object's path on the bus.
    let path: String
    /// Of a service, its type; empty for others.
    var type = ""
    var restarts: Int64?
    var accepted: Int64?
    var connections: Int64?
    var refused: Int64?
    /// Microseconds since 1970.
    var lastTrigger: Int64?

    /// node_exporter's default: loaded units, but not `.+\.(automount|device|mount|scope|slice)`.
    package var isShown: Bool {
        loadState == "loaded"
            && ![".automount", ".device", ".mount", ".scope", ".slice"].contains { name.hasSuffix($0) }
    }

    /// The ten columns of ListUnits, `a(ssssssouso)`; org.freedesktop.systemd1(5). nil where the answer is something else.
    package static func list(_ body: DBusReader, max: Int) -> (units: [SystemdUnit], leftOut: Int)? {
        var reader = body
        guard let end = reader.array(alignment: 8) else { return nil }
        var units: [SystemdUnit] = []
        var leftOut = 0
        while reader.offset < end {
            guard reader.align(8), let name = reader.string(), reader.string() != nil,
                let load = reader.string(),
                let active = reader.string(), reader.string() != nil, reader.string() != nil,
                let path = reader.string(), reader.uint32() != nil, reader.string() != nil,
                reader.string() != nil
            else { return nil }
            guard units.count < max else {
                leftOut += 1
                continue
            }
            units.append(SystemdUnit(name: name, loadState: load, activeState: active, path: path))
        }
        return (units, leftOut)
    }
}

/// Everything that is asked of systemd once in ten seconds: which calls to make, and what the answers say; pure.
///
/// One list tells the states of all units; what only properties tell is asked of those that are shown, a bounded number
/// of calls at a time, so that systemd is never given much to do at once.
struct SystemdRound {
    /// A method call on org.freedesktop.systemd1; all arguments are strings.
    struct Call: Equatable {
        let path: String
        let interface: String
        let member: String
        var arguments: [String] = []
    }

    private enum Question: Equatable {
        case units
        case systemState
        case version
        case property(Property, unit: Int)
    }

    private enum Property: String {
        case type = "Type"
        case restarts = "NRestarts"
        case accepted = "NAccepted"
        case connections = "NConnections"
        case refused = "NRefused"
        case lastTrigger = "LastTriggerUSec"
    }

    /// Units that are taken at all, properties that are asked for, and calls without an answer yet.
    static let unitsMax = 4096
    static let propertiesMax = 2048
    private static let callsMax = 32

    private(set) var units: [SystemdUnit] = []
    private(set) var systemState = ""
    private(set) var version: String
    /// Units or properties that a limit left out.
    private(set) var leftOut = 0
    private var questions: [Question] = []
    private var next = 0
    private var open: [UInt32: Question] = [:]
    private var known: [String: SystemdUnit] = [:]
    /// Why there is no list of units; nil while all is well.
    private(set) var failure: String?

    /// `last` is the round before, whose answers hold where they cannot have changed.
    init(after last: SystemdRound?) {
        version = last?.version ?? ""
        for unit in last?.units ?? [] where unit.isShown { known[unit.name] = unit }
        questions = [.units, .systemState]
        if version.isEmpty { questions.append(.version) }
    }

    var isComplete: Bool { next == questions.count && open.isEmpty }

    /// The next call that may be made now; the caller says which serial it got.
    mutating func nextCall() -> Call? {
        guard next < questions.count, open.count < Self.callsMax else { return nil }
        return call(questions[next])
    }

    mutating func made(serial: UInt32) {
        open[serial] = questions[next]
        next += 1
    }

    private func call(_ question: Question) -> Call {
        let path = "/org/freedesktop/systemd1"
        let manager = "org.freedesktop.systemd1.Manager"
        let properties = "org.freedesktop.DBus.Properties"
        return switch question {
        case .units: Call(path: path, interface: manager, member: "ListUnits")
        case .systemState:
            Call(path: path, interface: properties, member: "Get", arguments: [manager, "SystemState"])
        case .version:
            Call(path: path, interface: properties, member: "Get", arguments: [manager, "Version"])
        case .property(let property, let unit):
            Call(
                path: units[unit].path, interface: properties, member: "Get",
                arguments: ["org.freedesktop.systemd1.\(Self.interface(property))", property.rawValue])
        }
    }

    private static func interface(_ property: Property) -> String {
        switch property {
        case .type, .restarts: "Service"
        case .accepted, .connections, .refused: "Socket"
        case .lastTrigger: "Timer"
        }
    }

    /// Takes a message; what answers none of the calls is passed over. An error answers as well: the unit has gone, or
    /// this systemd does not know the property.
    mutating func take(_ message: DBusMessage) {
        guard message.kind == .answer || message.kind == .error,
            let question = open.removeValue(forKey: message.replySerial)
        else { return }
        var reader = message.reader
        let isAnswer = message.kind == .answer
        switch question {
        case .units:
            guard isAnswer else {
                failure = "ListUnits: \(message.errorName)"
                return
            }
            guard let list = SystemdUnit.list(reader, max: Self.unitsMax) else {
                failure = "ListUnits: the answer is no list of units"
                return
            }
            units = list.units
            leftOut = list.leftOut
            askProperties()
        case .systemState: systemState = isAnswer ? reader.variantString() ?? "" : ""
        case .version: version = isAnswer ? reader.variantString() ?? "" : ""
        case .property(.type, let unit): units[unit].type = isAnswer ? reader.variantString() ?? "" : ""
        case .property(let property, let unit):
            let value = isAnswer ? reader.variantNumber().map { Int64(clamping: $0) } : nil
            switch property {
            case .type: break
            case .restarts: units[unit].restarts = value
            case .accepted: units[unit].accepted = value
            case .connections: units[unit].connections = value
            case .refused: units[unit].refused = value
            case .lastTrigger: units[unit].lastTrigger = value
            }
        }
    }

    private mutating func askProperties() {
        for place in units.indices where units[place].isShown {
            let unit = units[place]
            let last = known[unit.name]
            if unit.name.hasSuffix(".service") {
                units[place].type = last?.type ?? ""
                units[place].restarts = last?.restarts
                if last == nil { ask(.type, place) }
                // Who rests since the last time was not restarted.
                let isResting = unit.activeState == "inactive" && last?.activeState == "inactive"
                if !isResting || last?.restarts == nil { ask(.restarts, place) }
            } else if unit.name.hasSuffix(".socket") {
                for property in [Property.accepted, .connections, .refused] { ask(property, place) }
            } else if unit.name.hasSuffix(".timer") {
                ask(.lastTrigger, place)
            }
        }
    }

    private mutating func ask(_ property: Property, _ unit: Int) {
        guard questions.count < Self.propertiesMax else {
            leftOut += 1
            return
        }
        questions.append(.property(property, unit: unit))
    }
}
