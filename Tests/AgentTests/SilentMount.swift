import Foundation
import Glibc
import TestSupport

/// A FUSE file system whose server never answers: what a dead network mount is to who asks for its size. Needs root.
final class SilentMount {
    let folder: TemporaryFolder
    var path: String { folder.url.path }
    private var server: Int32

    /// nil where this process may not mount.
    init?() throws {
        folder = try TemporaryFolder()
        server = open("/dev/fuse", O_RDWR | O_CLOEXEC)
        guard server >= 0 else { return nil }
        let options = "fd=\(server),rootmode=40000,user_id=0,group_id=0"
        guard mount("silent", folder.url.path, "fuse", 0, options) == 0 else {
            close(server)
            return nil
        }
    }

    /// The server is gone: the kernel now answers for it, with an error.
    func die() {
        close(server)
        server = -1
    }

    deinit {
        if server >= 0 { close(server) }
        umount2(path, Int32(MNT_DETACH))
    }
}
