import CLinux
import Glibc
import Wire

/// One name of a log and its predecessors, in a scan.
private struct Member {
    let name: String
    let path: String
    let rotated: RotatedName?
    let entry: FolderEntry
    var facts = clinux_facts()
    var file: TailFile?

    var identity: FileIdentity { FileIdentity(facts) }
    var compression: RotatedName.Compression { rotated?.compression ?? .none }
}

extension TailSet {
    /// Compares a folder's names with what is known, and follows what is new.
    func scan(_ folder: TailFolder) {
        folder.needsScan = false
        var facts = clinux_facts()
        let status = unsafe clinux_facts_at(AT_FDCWD, folder.path, 1, &facts)
        // A change in the same instant as this scan leaves the same time on the folder: such a time is not trusted.
        let isFresh = now.wallNanoseconds &- facts.modified < 1_000_000_000
        folder.modified = status == 0 && !isFresh ? facts.modified : .min
        guard let entries = FolderListing.read(folder.path, into: &listingBuffer) else {
            if errno == EACCES { counters[.readErrors] += 1 }
            if status == -ENOENT { resolveAll(of: folder, [:]) }
            return
        }
        let present = Set(entries.map(\.name))
        var members: [String: [Member]] = [:]
        for entry in entries {
            guard let (base, rotated) = place(entry.name, in: folder, present) else { continue }
            members[base.name, default: []].append(
                Member(name: entry.name, path: folder.path(of: entry.name), rotated: rotated, entry: entry))
        }
        resolveAll(of: folder, members)
    }

    /// The log that a name belongs to, and whether as a predecessor; nil for names that do not concern us.
    private func place(
        _ name: String, in folder: TailFolder, _ present: Set<String>
    ) -> (TailBase, RotatedName?)? {
        if let file = folder.names[name]?.file, file.base.name == name, file.base.folder == folder.path {
            return (file.base, nil)
        }
        let rotated = RotatedName(name)
        if let rotated {
            for base in rotated.bases where base != name {
                if let known = folder.bases[base] { return (known, rotated) }
                if present.contains(base), let use = use(for: base, in: folder) {
                    return (self.base(base, in: folder, source: use.source), rotated)
                }
            }
        }
        if let known = folder.bases[name] { return (known, nil) }
        guard rotated.map({ $0.compression == .none }) ?? true, let use = use(for: name, in: folder) else {
            return nil
        }
        guard files.count < TailLimits.files else {
            counters[.refusedFiles] += 1
            return nil
        }
        return (base(name, in: folder, source: use.source), nil)
    }

    private func use(for name: String, in folder: TailFolder) -> TailFolder.Use? {
        folder.uses.first { $0.pattern.matches(name) }
    }

    private func resolveAll(of folder: TailFolder, _ members: [String: [Member]]) {
        var names: [String: TailFolder.Name] = [:]
        names.reserveCapacity(folder.names.count)
        folder.hasLinks = false
        folder.hasUndecided = false
        for base in Array(folder.bases.values) {
            let found = members[base.name] ?? []
            if !base.needsLook, base.seenAt > 0, isAsBefore(found, base, folder) {
                for member in found { names[member.name] = folder.names[member.name] }
                continue
            }
            base.needsLook = false
            resolve(base, found, in: folder, &names)
            base.memberCount = found.count
            if base.files.isEmpty, found.isEmpty, base.seenAt > 0,
                !folder.uses.contains(where: { $0.pattern.matches(base.name) })
            {
                folder.bases[base.name] = nil
            }
        }
        folder.names = names
    }

    private func isAsBefore(_ members: [Member], _ base: TailBase, _ folder: TailFolder) -> Bool {
        guard members.count == base.memberCount, !base.files.contains(where: { !$0.isPresent }) else {
            return false
        }
        return members.allSatisfy { member in
            guard let known = folder.names[member.name] else { return false }
            return known.inode == member.entry.inode && !known.isLink
        }
    }

    // MARK: One log and its predecessors

    private func resolve(
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

    /// The members with their facts, oldest first; links are followed in their targets' folders.
    private func look(
        at found: [Member], _ base: TailBase, _ folder: TailFolder, _ names: inout [String: TailFolder.Name]
    ) -> [Member] {
        var members: [Member] = []
        for var member in found {
            if member.entry.isLink {
                folder.hasLinks = true
                names[member.name] = .init(inode: member.entry.inode, isLink: true, file: nil)
                if member.rotated == nil { followLink(member.path, base.source) }
                continue
            }
            guard unsafe clinux_facts_at(AT_FDCWD, member.path, 1, &member.facts) == 0 else { continue }
            guard member.facts.isRegular else {
                if folder.names[member.name] == nil { counters[.notRegular] += 1 }
                names[member.name] = .init(inode: member.entry.inode, isLink: false, file: nil)
                continue
            }
            members.append(member)
        }
        members.sort { left, right in
            guard let a = left.rotated, let b = right.rotated else { return left.rotated != nil }
            return a.isOlder(than: b, modified: left.facts.modified, otherModified: right.facts.modified)
        }
        return members
    }

    private func followLink(_ path: String, _ source: Int) {
        guard let resolved = unsafe realpath(path, nil) else { return }
        let target = unsafe String(cString: resolved)
        unsafe free(resolved)
        let isNew = linkTargets[target] == nil
        linkTargets[target] = LinkTarget(source: source, seenAt: now.bootNanoseconds)
        guard isNew else { return }
        let (folderPath, name) = Self.split(target)
        let folder = folder(at: folderPath)
        folder.uses.append(TailFolder.Use(source: source, pattern: NamePattern(name)))
        folder.needsScan = true
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

    private func take(_ file: TailFile, _ member: Member, _ base: TailBase) {
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

    // MARK: Content without a name

    /// Looks for content whose name is gone among the members that nobody knows: copies, and compressed files.
    private func matchMissing(_ base: TailBase, _ members: inout [Member], _ newestKnown: inout Int) {
        for place in members.indices where members[place].file?.isUndecided ?? true {
            let missing = base.files.filter { !$0.isPresent && $0.head.length > 0 }
            guard !missing.isEmpty else { return }
            guard let file = match(members[place], missing) else { continue }
            if let undecided = members[place].file { forget(undecided) }
            if file.descriptor >= 0 {
                // Its old descriptor shows all there is, and all that a writer may still add.
                members[place].file = file
                newestKnown = max(newestKnown, place)
                continue
            }
            if byIdentity[file.identity] === file { byIdentity[file.identity] = nil }
            file.identity = members[place].identity
            byIdentity[file.identity] = file
            file.needsProof = false
            take(file, members[place], base)
            noteChange(file)
            members[place].file = file
            newestKnown = max(newestKnown, place)
        }
    }

    /// The missing file whose content, as far as it was read, the member holds.
    private func match(_ member: Member, _ missing: [TailFile]) -> TailFile? {
        let head = head(of: member)
        let candidates = missing.filter {
            head.count >= $0.head.length && $0.head.fits(head.span.extracting(0..<$0.head.length))
        }
        // A live file and a copy made of it have one beginning; the one that was read further is the better proof.
        for file in candidates.sorted(by: { $0.offset > $1.offset }) {
            guard let opened = open(member) else { return nil }
            if member.compression == .none {
                defer { close(opened) }
                if file.tailIsThere(in: opened) { return file }
                continue
            }
            guard let archive = ArchiveReader(member.compression, descriptor: opened) else {
                close(opened)
                return nil
            }
            guard archive.skip(to: file) == nil else { continue }
            if file.descriptor < 0 {
                file.archive = archive
                track(file)
            }
            return file
        }
        return nil
    }

    /// Opens the member where its path leads to it still.
    private func open(_ member: Member) -> Int32? {
        let opened = unsafe clinux_open(member.path)
        guard opened >= 0 else { return nil }
        var facts = clinux_facts()
        guard unsafe clinux_facts(opened, &facts) == 0, FileIdentity(facts) == member.identity else {
            close(opened)
            return nil
        }
        return opened
    }

    /// The first bytes of the member's content.
    private func head(of member: Member) -> [UInt8] {
        guard let opened = open(member) else { return [] }
        if member.compression != .none {
            return ArchiveReader.head(member.compression, taking: opened)
        }
        defer { close(opened) }
        var bytes = [UInt8](repeating: 0, count: TailLimits.headBytes)
        let got = LineReader.read(opened, &bytes, at: 0)
        return Array(bytes[0..<max(0, got)])
    }

    /// Files that no name shows: open ones are read on, others are waited for, and counted as lost in the end.
    private func settleMissing(_ base: TailBase, _ folder: TailFolder) {
        for file in base.files where !file.isPresent {
            if file.isUndecided {
                forget(file)
                continue
            }
            if file.missingSince == 0 {
                file.missingSince = max(1, now.bootNanoseconds)
                // It may have another name here (a hard link).
                if !file.isFinished {
                    for base in folder.bases.values { base.needsLook = true }
                    folder.needsScan = true
                }
                if !file.isRotated {
                    file.flags.insert(.rotated)
                    counters[.rotations] += 1
                    noteChange(file)
                }
            }
            if file.descriptor >= 0 { continue }
            if file.isFinished {
                forget(file)
            } else if seconds(since: file.missingSince) >= TailLimits.missingSeconds {
                if file.size > file.offset || file.needsProof {
                    counters[.lostFiles] += 1
                    counters[.lostBytes] &+= file.size > file.offset ? file.size - file.offset : 0
                }
                forget(file)
            } else {
                folder.missingUntil = file.missingSince + (TailLimits.missingSeconds + 10) * 1_000_000_000
            }
        }
    }

    // MARK: New files

    /// Decides on a predecessor that came since the last look: lines that nobody has read, or a copy, complete or in the
    /// making, of lines that were read or are about to be.
    private func decide(_ place: Int, _ members: inout [Member], _ base: TailBase, _ folder: TailFolder) {
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
    private func isOpenQuestion(_ member: Member, _ base: TailBase, _ folder: TailFolder) -> Bool {
        if let known = folder.names[member.name], known.inode == member.entry.inode { return false }
        return member.facts.birth > 0 && member.facts.birth > base.seenAt - 20_000_000
    }

    private func begin(
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
    private func isRecent(_ member: Member, _ base: TailBase) -> Bool {
        guard case .readBack(let seconds) = sources[base.source].start, member.compression == .none else {
            return false
        }
        let (back, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return !overflow && member.facts.modified >= now.wallNanoseconds &- back
    }
}
