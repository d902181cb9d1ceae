import CLinux
import Glibc
import Wire

extension TailSet {
    /// Gives each file that waits its turns, until nothing waits or the budget is used up.
    func readDue(_ budget: Int) {
        var left = budget
        var waiting: [TailFile] = []
        var place = 0
        var queue: [TailFile] = []
        swap(&queue, &due)
        while place < queue.count, left > 0 {
            let file = queue[place]
            place += 1
            guard file.isDue, files[file.number] != nil else { continue }
            if waitsForPredecessor(file) {
                waiting.append(file)
                continue
            }
            guard open(file) else {
                file.isDue = false
                continue
            }
            let before = file.offset
            let outcome = reader.read(file, turn: min(left, TailLimits.turnBytes))
            left -= Int(clamping: file.offset - min(before, file.offset))
            if file.offset != before { noteChange(file) }
            switch outcome {
            case .atEnd:
                file.isDue = false
                set(failure: 0, of: file)
                file.size = max(file.size, file.offset)
                if file.archive != nil {
                    finish(file)
                } else if file.links > 0,
                    openFiles.count
                        > (file.offset == before ? TailLimits.idleDescriptors : TailLimits.descriptors)
                {
                    file.close()
                }
            case .more: queue.append(file)
            case .replaced:
                file.isDue = false
                replaced(file)
                // What took its place waits in `due`.
                queue.append(contentsOf: due)
                due.removeAll()
            case .failed(let errno):
                file.isDue = false
                if file.archive != nil {
                    counters[.damagedArchives] += 1
                    finish(file)
                } else {
                    failed(file, errno)
                }
            }
        }
        due.append(contentsOf: waiting.filter { $0.isDue })
        due.append(contentsOf: queue[min(place, queue.count)...])
    }

    /// Lines of one log come in order: first what was rotated away.
    private func waitsForPredecessor(_ file: TailFile) -> Bool {
        guard file.base.files.count > 1, !file.isRotated else { return false }
        return file.base.files.contains { $0.isRotated && $0.isDue && $0.failure == 0 }
    }

    private func open(_ file: TailFile) -> Bool {
        guard !file.isOpen else { return true }
        let status = file.open()
        guard status == 0 else {
            if status == -ENOENT || status == -ESTALE {
                folders[file.base.folder]?.needsScan = true
                file.base.needsLook = true
            } else {
                failed(file, -status)
            }
            return false
        }
        set(failure: 0, of: file)
        file.changedAt = now.bootNanoseconds
        if file.compression != .none {
            file.archive = ArchiveReader(file.compression, descriptor: file.descriptor)
            if file.archive == nil { return false }
            file.descriptor = -1
        }
        track(file)
        return true
    }

    /// A rotated file is complete: its last line needs no newline any more.
    func finish(_ file: TailFile) {
        reader.finish(file)
        file.flags.insert(.finished)
        file.close()
        noteChange(file)
    }

    /// A file without a name has been quiet for long enough.
    func end(_ file: TailFile) {
        if !file.isFinished { reader.finish(file) }
        file.flags.insert(.finished)
        forget(file)
    }

    /// What stands before the offset is not what was read: the file was truncated, copied and truncated, or overwritten.
    private func replaced(_ file: TailFile) {
        var facts = clinux_facts()
        guard file.descriptor >= 0, unsafe clinux_facts(file.descriptor, &facts) == 0 else {
            // An archive whose content is another's, or a file that cannot be asked any more.
            if file.archive != nil { counters[.damagedArchives] += 1 }
            forget(file)
            return
        }
        counters[.truncations] += 1
        guard !file.isRotated || file.looksLikeText() else {
            // Shredded before it is removed: nobody has written lines there.
            forget(file)
            return
        }
        let isCut = facts.size < file.offset && file.head.length == TailLimits.headBytes && file.headIsThere()
        let size = facts.size
        let (old, fresh) = split(file)
        if let folder = folders[old.base.folder] {
            old.base.needsLook = true
            scan(folder)
        }
        // No copy, and the beginning is as it was: it was cut in place, and what is left was read before.
        if isCut, !old.isPresent {
            fresh.seek(to: size)
            old.moveState(to: fresh, consumer)
            forget(old, finishing: false)
        }
        markDue(fresh)
        noteChange(fresh)
    }

    /// Parts the content that was read, which may live on in a copy, from the file that is there now.
    func split(_ file: TailFile) -> (old: TailFile, fresh: TailFile) {
        let fresh = TailFile(
            number: nextNumber, source: file.source, base: file.base, path: file.path, identity: file.identity
        )
        nextNumber += 1
        fresh.descriptor = file.descriptor
        file.descriptor = -1
        fresh.isPresent = true
        fresh.changedAt = now.bootNanoseconds
        fresh.size = file.size
        register(fresh)
        byIdentity[file.identity] = fresh
        if let folder = folders[file.base.folder] {
            let (_, name) = Self.split(file.path)
            if let known = folder.names[name], known.file === file {
                folder.names[name] = .init(inode: known.inode, isLink: known.isLink, file: fresh)
            }
        }
        if fresh.isOpen { track(fresh) }
        file.identity = .none
        if file.isRotated { fresh.flags.insert(.rotated) }
        file.flags.insert(.rotated)
        file.isPresent = false
        file.missingSince = now.bootNanoseconds
        noteChange(file)
        return (file, fresh)
    }

    func track(_ file: TailFile) {
        guard !file.isTracked else { return }
        file.isTracked = true
        openFiles.append(file)
    }

    func register(_ file: TailFile) {
        files[file.number] = file
        file.base.files.append(file)
        byIdentity[file.identity] = file
        noteChange(file)
    }
}

extension TailFile {
    /// Whether the file begins as a log may: without a control character but tabs, line ends and escapes.
    func looksLikeText() -> Bool {
        var bytes = [UInt8](repeating: 0, count: TailLimits.headBytes)
        let got = LineReader.read(descriptor, &bytes, at: 0)
        return got >= 0
            && bytes[0..<got].allSatisfy { $0 >= 0x20 || (0x08...0x0D).contains($0) || $0 == 0x1B }
    }

    /// Whether the file's first bytes are those that were read.
    func headIsThere() -> Bool {
        guard head.length > 0, descriptor >= 0 else { return head.length == 0 }
        var bytes = [UInt8](repeating: 0, count: head.length)
        return LineReader.read(descriptor, &bytes, at: 0) == head.length && head.fits(bytes.span)
    }

    /// Whether the bytes before the offset are, in another file, those that were read.
    func tailIsThere(in descriptor: Int32) -> Bool {
        guard tail.length > 0 else { return true }
        var bytes = [UInt8](repeating: 0, count: tail.length)
        return LineReader.read(descriptor, &bytes, at: offset - UInt64(tail.length)) == tail.length
            && tail.fits(bytes.span)
    }

    /// Goes on from `target` of the open file, whose bytes before it are taken as read.
    func seek(to target: UInt64) {
        var bytes = [UInt8](repeating: 0, count: Int(min(target, UInt64(TailLimits.headBytes))))
        guard descriptor >= 0, LineReader.read(descriptor, &bytes, at: 0) == bytes.count else { return }
        head = ContentProof(length: bytes.count, hash: ContentHash(of: bytes.span))
        bytes = [UInt8](repeating: 0, count: Int(min(target, UInt64(TailLimits.tailBytes))))
        guard LineReader.read(descriptor, &bytes, at: target - UInt64(bytes.count)) == bytes.count else {
            head = ContentProof()
            return
        }
        tail = ContentProof(length: bytes.count, hash: ContentHash(of: bytes.span))
        offset = target
    }

    /// What the consumer keeps open for this reading goes on in `other`.
    func moveState(to other: TailFile, _ consumer: any LineConsumer) {
        var state: [UInt8] = []
        consumer.appendState(of: number, to: &state)
        if !state.isEmpty { consumer.restore(state.span, of: other.number, source: other.source) }
    }
}
