import CLinux
import Glibc
import Wire

/// One log and its predecessors: files are known again by their identity.
extension TailSet {
    func resolve(
        _ base: TailBase, _ found: [Member], in folder: TailFolder, _ names: inout [String: TailFolder.Name]
    ) {
        var members = look(at: found, base, folder, &names)
        for file in base.files { file.isPresent = false }
        var newestKnown = -1
        for place in members.indices where recognise(&members[place], base) { newestKnown = place }
        matchMissing(base, &members, &newestKnown)
        for place in members.indices where members[place].file == nil {
            let member = members[place]
            let isLive = member.name == base.name
            if base.seenAt == 0 {
                if isLive || isRecent(member, base) {
                    members[place].file = begin(member, base, atFirstSight: true, isUndecided: !isLive)
                }
            } else if isLive {
                members[place].file = begin(member, base, atFirstSight: base.files.isEmpty)
            } else if place > newestKnown && member.facts.modified >= base.seenAt - 2_000_000_000
                || isOpenQuestion(member, base, folder)
            {
                members[place].file = begin(member, base, atFirstSight: false, isUndecided: true)
            }
        }
        for place in members.indices where members[place].file?.isUndecided ?? false {
            decide(place, &members, base, folder)
        }
        for member in members {
            names[member.name] = .init(
                inode: member.entry.inode, isLink: member.entry.isLink, file: member.file)
        }
        settleMissing(base, folder)
        if !members.isEmpty || base.seenAt > 0 { base.seenAt = max(base.seenAt, now.wallNanoseconds) }
    }

    /// Whether the member is a file that is known by its identity; its name is taken over then.
    private func recognise(_ member: inout Member, _ base: TailBase) -> Bool {
        guard let file = byIdentity[member.identity] else { return false }
        if file.base !== base {
            // A second name of it (a hard link), or its name has moved to here.
            var facts = clinux_facts()
            let isThere = unsafe clinux_facts_at(AT_FDCWD, file.path, 1, &facts) == 0
            if isThere, FileIdentity(facts) == file.identity, file.path != member.path {
                member.file = file
                return false
            }
            file.base.files.removeAll { $0 === file }
            file.base = base
            base.files.append(file)
        } else if file.isPresent {
            member.file = file
            return false
        }
        if file.needsProof {
            guard isThere(file, member) else {
                detach(file)
                return false
            }
            file.needsProof = false
            file.note(member.facts)
        }
        take(file, member, base)
        member.file = file
        return !file.isUndecided
    }

    /// Whether the file at the member's path holds what the mark says was read.
    private func isThere(_ file: TailFile, _ member: Member) -> Bool {
        file.path = member.path
        guard file.offset > 0 else { return true }
        if member.compression != .none {
            let head = head(of: member)
            return head.count >= file.head.length
                && file.head.fits(head.span.extracting(0..<file.head.length))
        }
        guard file.open() == 0 else {
            // It cannot be read now: what it holds is compared before the first read, as always.
            return true
        }
        defer { file.close() }
        return file.headIsThere() && file.tailIsThere(in: file.descriptor)
    }

    /// The name shows other content now; what was read may turn up elsewhere.
    private func detach(_ file: TailFile) {
        counters[.truncations] += 1
        byIdentity[file.identity] = nil
        file.close()
        file.identity = .none
        file.flags.insert(.rotated)
        file.missingSince = now.bootNanoseconds
        noteChange(file)
    }

    func take(_ file: TailFile, _ member: Member, _ base: TailBase) {
        file.isPresent = true
        file.missingSince = 0
        let isRotated = member.name != base.name
        if file.path != member.path || file.isRotated != isRotated {
            if isRotated, !file.isRotated { counters[.rotations] += 1 }
            file.path = member.path
            if isRotated { file.flags.insert(.rotated) } else { file.flags.remove(.rotated) }
            noteChange(file)
        }
        let isNew = file.note(member.facts)
        if file.isUndecided, isNew { file.changedAt = now.bootNanoseconds }
        if member.compression != .none {
            if !file.isFinished { markDue(file) }
        } else if isNew || file.size != file.offset {
            guard !file.isFinished || file.size != file.offset else { return }
            file.flags.remove(.finished)
            markDue(file)
        }
    }
}
