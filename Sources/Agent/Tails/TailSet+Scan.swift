import CLinux
import Glibc
import Wire

/// Names in folders: which of them are logs, and whose.
extension TailSet {
    /// One name of a log and its predecessors, in a scan.
    struct Member {
        let name: String
        let path: String
        let rotated: RotatedName?
        let entry: FolderEntry
        var facts = clinux_facts()
        var file: TailFile?

        var identity: FileIdentity { FileIdentity(facts) }
        var compression: RotatedName.Compression { rotated?.compression ?? .none }
    }

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

    /// The members with their facts, oldest first; links are followed in their targets' folders.
    func look(
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
}
