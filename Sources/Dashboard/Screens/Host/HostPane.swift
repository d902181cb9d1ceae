/// What the lower part of the screen lists; tab goes from one to the next.
package enum HostPane: Hashable, Sendable, CaseIterable {
    case processes, units, containers

    package var next: HostPane { moved(by: 1) }
    package var previous: HostPane { moved(by: -1) }

    private func moved(by count: Int) -> HostPane {
        let all = Self.allCases
        let place = all.firstIndex(of: self) ?? 0
        return all[(place + count + all.count) % all.count]
    }
}
