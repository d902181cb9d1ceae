import Canvas
import Text

/// The keys of a screen, by section, and the marks of hosts, as lines of spans.
enum HelpPage {
    static func lines(on screen: ScreenID, isReadOnly: Bool) -> [[TextLine.Span]] {
        let entries = CommandTable.entries(on: screen, isReadOnly: isReadOnly).filter { !$0.keys.isEmpty }
        let width = entries.map(\.keyNames.width).max() ?? 0
        let sections = CommandEntry.Section.allCases.flatMap { section -> [[TextLine.Span]] in
            let members = entries.filter { $0.section == section }
            guard !members.isEmpty else { return [] }
            let head = [TextLine.Span(SafeText(section.rawValue), Style(.title))]
            return [head]
                + members.map { entry in
                    [
                        TextLine.Span("  \(entry.keyNames.padded(to: width))  ", Style(.key)),
                        TextLine.Span(entry.help),
                    ]
                } + [[]]
        }
        return sections.dropLast() + marks(on: screen)
    }

    /// What the characters before a host's name mean, where hosts have them.
    private static func marks(on screen: ScreenID) -> [[TextLine.Span]] {
        switch screen {
        case .fleet, .host: break
        case .traffic, .alerts, .deploys, .logs: return []
        }
        let grades = FleetHealth.Grade.allCases.filter { !$0.meaning.isEmpty }
        return [[], [TextLine.Span("Marks of hosts, the gravest first", Style(.title))]]
            + grades.map { [TextLine.Span("  \($0.mark)  ", $0.style), TextLine.Span($0.meaning)] }
    }
}
