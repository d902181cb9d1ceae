import CLinux
import Glibc
import Wire

/// Which folders there are, and what the kernel says of them.
extension TailSet {
    func takeEvents() {
        guard !isPollingOnly else { return }
        let hasLost = watches.read { event in
            guard let folder = foldersByWatch[event.watch] else { return }
            if event.isGone {
                unwatch(folder)
                folder.needsScan = true
                reconcileAt = 0
            } else if let known = folder.names[event.name] {
                if event.isWritten, let file = known.file { markDue(file) }
                if event.changesNames { folder.needsScan = true }
            } else if event.changesNames, concerns(event.name, folder) {
                folder.needsScan = true
            }
        }
        if hasLost {
            counters[.overflows] += 1
            for folder in folders.values { folder.needsScan = true }
            for file in files.values where !file.isFinished { markDue(file) }
        }
    }

    /// Whether a name that is new in the folder may be a log of ours.
    private func concerns(_ name: String, _ folder: TailFolder) -> Bool {
        if folder.uses.contains(where: { $0.pattern.matches(name) }) { return true }
        guard let rotated = RotatedName(name) else { return folder.bases[name] != nil }
        return rotated.bases.contains { folder.bases[$0] != nil } || folder.bases[name] != nil
    }

    /// Expands the patterns again, looks at folders, and at a share of the files that are closed.
    func reconcile() {
        var uses: [String: [TailFolder.Use]] = [:]
        refreshContainers()
        for (place, source) in sources.enumerated() {
            for path in source.paths + containerPaths(of: source) {
                let (folder, name) = Self.split(path)
                let use = TailFolder.Use(source: place, pattern: NamePattern(name))
                for path in FolderListing.expand(folder, into: &listingBuffer) {
                    uses[path, default: []].append(use)
                }
            }
        }
        for (path, target) in linkTargets {
            guard seconds(since: target.seenAt) < TailLimits.deletedSeconds else {
                linkTargets[path] = nil
                continue
            }
            let (folder, name) = Self.split(path)
            uses[folder, default: []].append(
                TailFolder.Use(source: target.source, pattern: NamePattern(name)))
        }
        for (path, uses) in uses {
            let folder = folder(at: path)
            if folder.uses != uses {
                folder.uses = uses
                folder.needsScan = true
            }
        }
        for folder in Array(folders.values) {
            if uses[folder.path] == nil {
                folder.uses = []
                if folder.bases.values.allSatisfy({ $0.files.isEmpty }) {
                    unwatch(folder)
                    folders[folder.path] = nil
                    continue
                }
            }
            lookAt(folder)
            if folder.hasLinks || folder.missingUntil > now.bootNanoseconds { folder.needsScan = true }
        }
        sweep()
    }

    /// Reads which containers there are, where a source names one: what was made anew has another file.
    private func refreshContainers() {
        for source in sources where source.container != nil && containers[source.root] == nil {
            containers[source.root] = ContainerLogs(root: source.root)
        }
        for root in Array(containers.keys) { containers[root]?.refresh() }
    }

    private func containerPaths(of source: TailSource) -> [String] {
        source.container.flatMap { containers[source.root]?.paths(of: $0) } ?? []
    }

    /// Compares the folder itself with the last scan, and watches it where that is possible.
    func lookAt(_ folder: TailFolder) {
        var facts = clinux_facts()
        guard unsafe clinux_facts_at(AT_FDCWD, folder.path, 1, &facts) == 0 else {
            if folder.modified != .min || !folder.names.isEmpty { folder.needsScan = true }
            folder.modified = .min
            unwatch(folder)
            return
        }
        let identity = FileIdentity(facts)
        if identity != folder.identity {
            unwatch(folder)
            folder.identity = identity
            folder.needsScan = true
            folder.isRemote = unsafe clinux_is_remote(folder.path) == 1
        }
        if facts.modified != folder.modified { folder.needsScan = true }
        if folder.watch < 0, !folder.isRemote, !isPollingOnly { watch(folder) }
    }

    private func watch(_ folder: TailFolder) {
        if let watch = watches.watchFolder(folder.path) {
            folder.watch = watch
            foldersByWatch[watch] = folder
            folder.isPolled = false
            folder.needsScan = true
        } else if !folder.wasRefused {
            folder.wasRefused = true
            counters[.polledFolders] += 1
        }
    }

    private func unwatch(_ folder: TailFolder) {
        folder.isPolled = true
        guard folder.watch >= 0 else { return }
        watches.remove(folder.watch)
        foldersByWatch[folder.watch] = nil
        folder.watch = -1
    }

    // MARK: Tables

    func folder(at path: String) -> TailFolder {
        if let known = folders[path] { return known }
        let folder = TailFolder(path)
        folders[path] = folder
        lookAt(folder)
        return folder
    }

    func base(at path: String, source: Int) -> TailBase {
        let (folderPath, name) = Self.split(path)
        return base(name, in: folder(at: folderPath), source: source)
    }

    func base(_ name: String, in folder: TailFolder, source: Int) -> TailBase {
        if let known = folder.bases[name] { return known }
        let base = TailBase(folder: folder.path, name: name, source: source, sourceName: sources[source].name)
        folder.bases[name] = base
        return base
    }

    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (
            slash == path.startIndex ? "/" : String(path[..<slash]), String(path[path.index(after: slash)...])
        )
    }
}
