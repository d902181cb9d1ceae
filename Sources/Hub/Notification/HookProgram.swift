import Glibc

/// Whether a hook's file may be run: it and all folders above it belong to root or to the hub's user, and nobody else
/// may write there.
package enum HookProgram {
    /// The path to run for the first word of a hook's `run`: relative to `folder` where it has a slash, else looked for
    /// on `search`. Throws `HookFault` where it is not there or others could have changed it.
    package static func path(of word: String, folder: String, search: String) throws(HookFault) -> String {
        let found: String
        if word.hasPrefix("/") {
            found = word
        } else if word.contains("/") {
            found = "\(folder)/\(word)"
        } else if let there = search.split(separator: ":").map({ "\($0)/\(word)" as String })
            .first(where: { access($0, X_OK) == 0 })
        {
            found = there
        } else {
            throw HookFault(path: word, reason: "is not on PATH; give its path, such as hooks/\(word)")
        }
        try check(found)
        guard access(found, X_OK) == 0 else {
            throw HookFault(path: found, reason: "is not executable; chmod 755 it")
        }
        return found
    }

    /// Follows links: what counts is the file that runs, and who could put another in its place.
    private static func check(_ path: String) throws(HookFault) {
        guard let resolved = realpath(path, nil) else {
            throw HookFault(path: path, reason: errno == ENOENT ? "is not there" : reason(errno))
        }
        defer { free(resolved) }
        let whole = String(cString: resolved)
        try checkPlace(whole)
        // A link in a folder of others' could be turned elsewhere.
        let named = path[..<(path.lastIndex(of: "/") ?? path.startIndex)]
        if let folder = realpath(named.isEmpty ? "/" : String(named), nil) {
            defer { free(folder) }
            try checkPlace(String(cString: folder))
        }
    }

    private static func checkPlace(_ whole: String) throws(HookFault) {
        var place = whole
        while true {
            var status = stat()
            guard lstat(place, &status) == 0 else { throw HookFault(path: place, reason: reason(errno)) }
            guard status.st_uid == 0 || status.st_uid == geteuid() else {
                throw HookFault(
                    path: place, reason: "belongs to another user (uid \(status.st_uid)); chown it")
            }
            // In a sticky folder, such as /tmp, nobody can replace what is another's.
            let isSafe = status.st_mode & 0o022 == 0 || (place != whole && status.st_mode & S_ISVTX != 0)
            guard isSafe else {
                throw HookFault(path: place, reason: "may be written by others; chmod go-w it")
            }
            guard place != "/" else { return }
            place = String(place[..<(place.lastIndex(of: "/") ?? place.startIndex)])
            if place.isEmpty { place = "/" }
        }
    }

    /// Opens a secret, which its owner alone may read. The caller closes it.
    static func secret(_ path: String) throws(HookFault) -> Int32 {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw HookFault(path: path, reason: errno == ENOENT ? "is not there" : reason(errno))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
            status.st_mode & 0o077 == 0,
            status.st_uid == 0 || status.st_uid == geteuid()
        else {
            close(descriptor)
            throw HookFault(
                path: path, reason: "a secret is a file that its owner alone may read; chmod 600 it")
        }
        return descriptor
    }

    static func reason(_ code: Int32) -> String {
        strerror(code).map { String(cString: $0) } ?? "errno \(code)"
    }
}

/// Why a hook cannot be run as it is.
package struct HookFault: Error, Equatable, CustomStringConvertible {
    package let path: String
    package let reason: String

    package var description: String { "\(path): \(reason)" }
}
