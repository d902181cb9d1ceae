import CLinux
import Glibc
import Wire

/// The regular looks at files, which find whatever no event told of.
extension TailSet {
    func everySecond() {
        var idle: [TailFile] = []
        for file in openFiles where file.descriptor >= 0 {
            var facts = clinux_facts()
            guard unsafe clinux_facts(file.descriptor, &facts) == 0 else {
                failed(file, ESTALE)
                continue
            }
            if file.note(facts) {
                file.changedAt = now.bootNanoseconds
                markDue(file)
            } else if !file.isDue {
                idle.append(file)
            }
        }
        settle(idle)
        lookAtFailing()
        openFiles.removeAll { file in
            if !file.isOpen { file.isTracked = false }
            return !file.isOpen
        }
        for folder in folders.values where folder.hasUndecided { folder.needsScan = true }
        for folder in folders.values where folder.isPolled {
            lookAt(folder)
            for name in folder.names.values.prefix(TailLimits.polledFiles) {
                if let file = name.file, !file.isOpen, !file.isFinished { lookAtClosed(file, in: folder) }
            }
        }
    }

    /// Closes and finishes files that have been quiet for long enough, and those of the quiet ones that are too many.
    private func settle(_ idle: [TailFile]) {
        var idle = idle
        for file in idle {
            let quiet = seconds(since: file.changedAt)
            if file.links == 0 || file.missingSince > 0 {
                if quiet >= TailLimits.deletedSeconds { end(file) }
            } else if file.isRotated, quiet >= TailLimits.finishSeconds {
                finish(file)
            } else if quiet >= TailLimits.idleSeconds {
                file.close()
            }
        }
        idle.removeAll { !$0.isOpen || $0.links == 0 }
        guard idle.count > TailLimits.idleDescriptors else { return }
        idle.sort { $0.changedAt < $1.changedAt }
        for file in idle.dropLast(TailLimits.idleDescriptors) where seconds(since: file.changedAt) >= 2 {
            file.close()
        }
    }

    /// Looks at closed files: each time at all of folders that are polled, and at a third of the others.
    func sweep() {
        sweepSlice = (sweepSlice + 1) % 3
        for folder in folders.values {
            for base in folder.bases.values {
                for file in base.files
                where folder.isPolled || Int(file.number % 3) == sweepSlice || file.failure != 0 {
                    if !file.isOpen { lookAtClosed(file, in: folder) }
                }
            }
        }
    }

    private func lookAtClosed(_ file: TailFile, in folder: TailFolder) {
        var facts = clinux_facts()
        guard unsafe clinux_facts_at(AT_FDCWD, file.path, 1, &facts) == 0,
            FileIdentity(facts) == file.identity
        else {
            folder.needsScan = true
            file.base.needsLook = true
            return
        }
        if file.note(facts) || file.failure != 0 { markDue(file) }
    }

    /// Looks again at what could not be read: once a second, since the reason rarely goes away by itself.
    private func lookAtFailing() {
        for file in failing where files[file.number] === file {
            folders[file.base.folder]?.needsScan = true
            file.base.needsLook = true
        }
        failing.removeAll(keepingCapacity: true)
    }
}
