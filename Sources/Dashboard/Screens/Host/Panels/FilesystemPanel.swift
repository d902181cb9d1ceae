import Canvas
import Telemetry
import Text

/// File systems, the fullest first.
struct FilesystemPanel: HostPanel {
    private struct Mount {
        let path: String
        let used: Double
        let free: Double
        let size: Double
        let inodes: Double
    }

    private let mounts: [Mount]
    private let absence: String?

    private static let warning = 0.85
    private static let critical = 0.95

    init(_ reading: HostReading) {
        absence = reading.absence("filesystem", "filesystems")
        mounts = reading.host.subjects(of: "disk.used")
            .map { path in
                let labels: Labels = ["mount": path]
                return Mount(
                    path: path, used: reading.slowValue("disk.used", labels),
                    free: reading.slowValue("disk.free", labels),
                    size: reading.slowValue("disk.size", labels),
                    inodes: reading.slowValue("inodes.used", labels))
            }
            .filter { !$0.used.isNaN }
            .sorted { left, right in
                // By what is shown, so that a byte more does not turn two around.
                let figures = ((left.used * 100).rounded(), (right.used * 100).rounded())
                return figures.0 == figures.1 ? left.path < right.path : figures.0 > figures.1
            }
    }

    var heights: [PanelHeight] {
        (0...min(mounts.count, 12)).map {
            PanelHeight(rows: 1 + $0, rank: $0 == 0 ? 0 : $0 == 1 ? 2 : $0 < 5 ? 3 : 7)
        }
    }

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard let fullest = mounts.first else {
            let reason = absence.map { "n/a: " + SafeText($0) } ?? "none seen yet"
            return SectionRule(title: "MOUNTS", figures: [.label(reason)]).draw(on: &buffer, in: rect.row(0))
        }
        let style = Figure.style(fullest.used, warning: Self.warning, critical: Self.critical)
        SectionRule(
            title: "MOUNTS",
            figures: [
                .init(Figure.percent(fullest.used) + "%", style),
                .init(Figure.mark(fullest.used, warning: Self.warning, critical: Self.critical), style),
                .label(" " + SafeText(fullest.path).truncatedInMiddle(to: 20)),
            ],
            notes: [
                [.figure(Format.bytes(fullest.free)), .label(" free")]
            ]
        ).draw(on: &buffer, in: rect.row(0))
        let rows = rect.height - 1
        for (place, mount) in mounts.enumerated() where place < rows {
            let isCut = place == rows - 1 && mounts.count > rows
            draw(
                mount, more: isCut ? mounts.count - rows : 0, on: &buffer,
                in: rect.row(place + 1).inset(left: 1))
        }
    }

    private func draw(_ mount: Mount, more: Int, on buffer: inout CellBuffer, in rect: Rect) {
        let figures: SafeText =
            more > 0
            ? "+\(more) more"
            : Format.bytes(mount.free).padded(to: 5, alignment: .right) + " of "
                + Format.bytes(mount.size).padded(to: 4, alignment: .right)
        let nameWidth = max(6, min(16, rect.width / 3))
        let style = Figure.style(mount.used, warning: Self.warning, critical: Self.critical)
        let head: [TextLine.Span] = [
            .figure(SafeText(mount.path).truncatedInMiddle(to: nameWidth).padded(to: nameWidth)),
            .init(Figure.percent(mount.used, width: 4) + "%", style),
            .init(
                Figure.mark(mount.used, warning: Self.warning, critical: Self.critical).padded(to: 2), style),
        ]
        let line = TextLine(head)
        line.draw(on: &buffer, in: rect)
        var rest = rect.inset(left: line.width)
        if rest.width >= figures.width + 6 {
            let parts = rest.splitRight(figures.width + 1)
            buffer.draw(figures, x: parts.right.x + 1, y: rect.y, style: Style(.muted))
            rest = parts.rest
        }
        HeatBar(share: mount.used).draw(on: &buffer, in: rest)
        if mount.inodes > 0.9 {
            buffer.draw(
                " inodes \(Figure.percent(mount.inodes))%!", x: rest.x, y: rect.y,
                style: Style(.warning, bold: true), maxWidth: rest.width)
        }
    }
}
