import Canvas

/// A rollout over the whole screen, with a cursor over its hosts.
struct OpenRollout: Hashable, Sendable {
    let id: String
    /// The host under the cursor; the cursor stays with it.
    private(set) var host: String?
    private(set) var place = 0
    private(set) var firstRow = 0
    /// Whether what became of the host stands over the screen.
    var showsHost = false
    /// Lines of its output that are hidden behind the last one shown.
    private(set) var back = 0

    init(id: String) {
        self.id = id
    }

    /// Brings the cursor up to date; at first it stands where somebody is needed, else where something happens.
    mutating func refresh(_ hosts: [String], _ digest: RolloutDigest, visibleRows: Int, outputLines: Int) {
        if let host, hosts.indices.contains(place), hosts[place] == host {
            // The hub lists hosts in one order, so it is seldom looked for.
        } else if let host {
            place = hosts.firstIndex(of: host) ?? place
        } else {
            place =
                digest.signs.firstIndex(where: \.isTrouble) ?? digest.signs.firstIndex(where: \.isActive) ?? 0
            firstRow = place - visibleRows / 2
        }
        place = max(0, min(place, hosts.count - 1))
        host = hosts.indices.contains(place) ? hosts[place] : nil
        firstRow = Table.firstRow(firstRow, selected: place, rowCount: hosts.count, visibleRows: visibleRows)
        back = max(0, min(back, outputLines - 1))
    }

    mutating func move(by distance: Int, of hosts: [String]) {
        guard !hosts.isEmpty else { return }
        let count = hosts.count
        place = max(0, min(place + max(-count, min(distance, count)), count - 1))
        host = hosts[place]
        back = 0
    }

    /// The next host that is not well, round the end; false where none is.
    mutating func moveToTrouble(_ direction: Int, of hosts: [String], _ digest: RolloutDigest) -> Bool {
        let count = min(hosts.count, digest.signs.count)
        guard count > 0 else { return false }
        for distance in 1...count {
            let next = ((place + direction * distance) % count + count) % count
            guard digest.signs[next].isTrouble else { continue }
            move(by: next - place, of: hosts)
            return true
        }
        return false
    }

    /// Shows earlier lines of the output, or later ones.
    mutating func scroll(by lines: Int) {
        back = max(0, min(back + lines, OrderWatch.linesMax))
    }
}
