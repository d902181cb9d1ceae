import Glibc

/// Whether a script may be started: it is there, and nobody but root and the one who runs it could have put something else
/// in its place. Every folder on the way is looked at, of symbolic links both ways.
package enum ScriptTrust {
    private static let linksMax = 40

    /// What is wrong, naming the file or folder and what mends it; nil where nothing is.
    package static func fault(of path: String, user: UInt32?) -> String? {
        guard path.utf8.first == UInt8(ascii: "/") else { return "\(path) is no absolute path" }
        var links = 0
        return fault(of: path, user: user, &links) ?? executable(path)
    }

    private static func executable(_ path: String) -> String? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            return "\(path): \(LogSourceError.reason(errno)); put the script there"
        }
        guard facts.st_mode & S_IFMT == S_IFREG else { return "\(path) is no file; name a program" }
        guard facts.st_mode & 0o111 != 0 else { return "\(path) may not be executed; run chmod +x \(path)" }
        return nil
    }

    private static func fault(of path: String, user: UInt32?, _ links: inout Int) -> String? {
        var place = ""
        let names = path.split(separator: "/").map(String.init)
        if let fault = writable("/", user) { return fault }
        for (number, name) in names.enumerated() {
            guard name != "..", name != "." else { return "\(path): write the path without . and .." }
            place += "/\(name)"
            var facts = stat()
            guard unsafe lstat(place, &facts) == 0 else {
                return "\(place): \(LogSourceError.reason(errno)); put the script there"
            }
            guard facts.st_mode & S_IFMT == S_IFLNK else {
                if let fault = writable(place, user) { return fault }
                continue
            }
            links += 1
            guard links <= linksMax, let target = target(of: place) else {
                return "\(place): a symbolic link that leads nowhere"
            }
            let parent = place.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(place[..<$0]) } ?? ""
            let rest = names[(number + 1)...].joined(separator: "/")
            let whole = target.hasPrefix("/") ? target : "\(parent)/\(target)"
            return fault(of: resolved(rest.isEmpty ? whole : "\(whole)/\(rest)"), user: user, &links)
        }
        return nil
    }

    /// A link's target may climb; what is above it was looked at already.
    private static func resolved(_ path: String) -> String {
        var names: [Substring] = []
        for name in path.split(separator: "/") {
            if name == ".." {
                _ = names.popLast()
            } else if name != "." {
                names.append(name)
            }
        }
        return "/" + names.joined(separator: "/")
    }

    private static func target(of link: String) -> String? {
        var characters = [CChar](repeating: 0, count: 4096)
        let count = unsafe readlink(link, &characters, characters.count)
        guard count > 0 else { return nil }
        return String(decoding: characters[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func writable(_ place: String, _ user: UInt32?) -> String? {
        var facts = stat()
        guard unsafe lstat(place, &facts) == 0 else { return "\(place): \(LogSourceError.reason(errno))" }
        if facts.st_uid != 0, facts.st_uid != user {
            return "\(place) belongs to another user; run chown root \(place)"
        }
        if facts.st_mode & (S_IWGRP | S_IWOTH) != 0 {
            // In a folder with the sticky bit nobody can replace what is not theirs.
            let isGuarded = facts.st_mode & S_IFMT == S_IFDIR && facts.st_mode & S_ISVTX != 0
            if !isGuarded { return "\(place) may be written by others; run chmod go-w \(place)" }
        }
        return nil
    }
}
