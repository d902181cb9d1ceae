import Canvas
import Text

/// A cell for each host in the order of the batches, with a gap between batches, below a legend with counts. Where the hosts
/// have no room a cell stands for several, shows the worst of them, and the legend says of how many.
///
///      HOSTS  o done 127  X failed 14  . waiting 1143
///      ooooooooooooo oooooooooXoooooXooooooooXXoooo ..........
struct RolloutStrip: Widget {
    let digest: RolloutDigest
    /// The place of the host under the cursor; nil where none is.
    let cursor: Int?

    func draw(on buffer: inout CellBuffer, in rect: Rect) {
        guard rect.height >= 2 else { return drawLegend(hostsPerCell: 1, on: &buffer, in: rect) }
        let cells = rect.inset(left: 1, top: 1, right: 1)
        let room = cells.width * cells.height
        var hostsPerCell = 1
        while hostsPerCell < digest.signs.count, cellCount(hostsPerCell) > room { hostsPerCell += 1 }
        drawLegend(hostsPerCell: hostsPerCell, on: &buffer, in: rect.row(0))
        var place = 0
        for batch in digest.batches where place < room {
            if place > 0 { place += 1 }
            var host = batch.places.lowerBound
            while host < batch.places.upperBound, place < room {
                let end = min(host + hostsPerCell, batch.places.upperBound)
                let sign = digest.signs[host..<end].max() ?? .waiting
                let hasCursor = cursor.map { host <= $0 && $0 < end } ?? false
                let style = hasCursor ? Style(sign.style.role, bold: true, reverse: true) : sign.style
                buffer.put(
                    sign.scalar.value, x: cells.x + place % cells.width, y: cells.y + place / cells.width,
                    style: style)
                place += 1
                host = end
            }
        }
    }

    /// With the gaps between batches.
    private func cellCount(_ hostsPerCell: Int) -> Int {
        digest.batches.reduce(max(0, digest.batches.count - 1)) {
            $0 + ($1.total + hostsPerCell - 1) / hostsPerCell
        }
    }

    private func drawLegend(hostsPerCell: Int, on buffer: inout CellBuffer, in rect: Rect) {
        var spans = [TextLine.Span(" HOSTS", Style(.title, bold: true))]
        // What needs somebody most first, so that it is not what is cut off.
        for sign in HostSign.allCases.reversed() where digest.count(sign) > 0 {
            spans.append(TextLine.Span("  \(sign.text) ", sign.style))
            let words = sign == .waiting && !digest.isGoingOn ? "not touched" : sign.words
            spans.append(.label("\(words) \(Format.integer(digest.count(sign)))"))
        }
        if hostsPerCell > 1 {
            spans.append(.label("  a cell is the worst of \(Format.integer(hostsPerCell))"))
        }
        TextLine(spans).draw(on: &buffer, in: rect)
    }
}
