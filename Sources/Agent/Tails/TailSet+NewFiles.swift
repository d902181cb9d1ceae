import CLinux
import Wire

/// Files that no mark knows: lines that nobody has read, or copies of what was read.
extension TailSet {
    /// Decides on a predecessor that came since the last look: lines that nobody has read, or a copy, complete or in the
    /// making, of lines that were read or are about to be.
    func decide(_ place: Int, _ members: inout [Member], _ base: TailBase, _ folder: TailFolder) {
        guard let file = members[place].file else { return }
        let head = head(of: members[place])
        let isKnown = base.files.contains {
            $0 !== file && !$0.isUndecided && $0.head.length > 0 && head.count >= $0.head.length
                && $0.head.fits(head.span.extracting(0..<$0.head.length))
        }
        let isBeingMade =
            now.bootNanoseconds < file.changedAt + 2_000_000_000
            && now.wallNanoseconds &- file.modified < 2_000_000_000
        // Nothing tells an empty file from a copy whose maker has not come to write yet, also after a restart.
        let isEmptyYet =
            head.isEmpty
            && now.wallNanoseconds &- file.modified < Int64(TailLimits.emptyCopySeconds) * 1_000_000_000
        if isKnown {
            forget(file)
            members[place].file = nil
        } else if isEmptyYet || head.count < TailLimits.headBytes && isBeingMade
            || isUnread(head, place, members)
        {
            folder.hasUndecided = true
            base.needsLook = true
        } else {
            file.flags.remove(.undecided)
            noteChange(file)
            markDue(file)
        }
    }

    /// Whether another of the files begins like this one, although no mark does: that one is read, or seen to be truncated, and
    /// then this one is known by what was read.
    private func isUnread(_ head: [UInt8], _ place: Int, _ members: [Member]) -> Bool {
        members.indices.contains { other in
            guard other != place, let file = members[other].file, !file.isUndecided || other > place
            else { return false }
            let its = self.head(of: members[other])
            let common = min(its.count, head.count)
            return common > 0 && its[0..<common] == head[0..<common]
        }
    }

    /// Whether nobody knew of the member at the last look; the kernel's time on files may be behind.
    func isOpenQuestion(_ member: Member, _ base: TailBase, _ folder: TailFolder) -> Bool {
        if let known = folder.names[member.name], known.inode == member.entry.inode { return false }
        return member.facts.birth > 0 && member.facts.birth > base.seenAt - 20_000_000
    }

    func begin(
        _ member: Member, _ base: TailBase, atFirstSight isFirst: Bool, isUndecided: Bool = false
    )
        -> TailFile?
    {
        if member.compression == .other {
            counters[.damagedArchives] += 1
            return nil
        }
        guard files.count < TailLimits.files else {
            counters[.refusedFiles] += 1
            return nil
        }
        let file = TailFile(
            number: nextNumber, source: base.source, base: base, path: member.path, identity: member.identity)
        nextNumber += 1
        file.isPresent = true
        file.changedAt = now.bootNanoseconds
        file.note(member.facts)
        if member.name != base.name { file.flags.insert(.rotated) }
        if isUndecided { file.flags.insert(.undecided) }
        register(file)
        if isFirst, member.facts.birth == 0 || member.facts.birth < since, member.compression == .none {
            placeAtFirstSight(file)
        }
        // A young file is opened even while it is empty, so that each second shows whether it grows.
        let isYoung =
            now.wallNanoseconds &- member.facts.modified < Int64(TailLimits.idleSeconds) * 1_000_000_000
        if member.compression != .none || file.size != file.offset || isYoung { markDue(file) }
        return file
    }

    /// Whether a predecessor of a log that is seen first may hold lines of the time that is read back.
    func isRecent(_ member: Member, _ base: TailBase) -> Bool {
        guard case .readBack(let seconds) = sources[base.source].start, member.compression == .none else {
            return false
        }
        let (back, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return !overflow && member.facts.modified >= now.wallNanoseconds &- back
    }
}
