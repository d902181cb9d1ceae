import CLinux
import Glibc
import Wire

/// Content whose name is gone: it may turn up as a copy, or compressed.
extension TailSet {
    /// Looks for content whose name is gone among the members that nobody knows: copies, and compressed files.
    func matchMissing(_ base: TailBase, _ members: inout [Member], _ newestKnown: inout Int) {
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
    func head(of member: Member) -> [UInt8] {
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
    func settleMissing(_ base: TailBase, _ folder: TailFolder) {
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
}
