import Glibc

/// Idle processes that fill the machine up to a number.
enum Crowd {
    /// Runs `body` with the number of processes that there are then. They wait for a pipe of ours to end, so that they
    /// leave with us however we do.
    static func fill<Result>(to total: Int, _ body: (Int) throws -> Result) throws -> Result {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { throw BenchError("no pipe (errno \(errno))") }
        _ = fcntl(ends[1], F_SETFD, FD_CLOEXEC)
        defer {
            close(ends[1])
            settle()
            // In our own process group there is nobody else: what is measured has sessions of its own.
            while waitpid(0, nil, WNOHANG) > 0 {}
        }
        let missing = max(0, total - ProcessTree.allPIDs().count)
        try start(missing, reading: ends[0])
        close(ends[0])
        settle()
        return try body(ProcessTree.allPIDs().count)
    }

    private static func start(_ count: Int, reading descriptor: Int32) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, descriptor, 0)
        var argv: [UnsafeMutablePointer<CChar>?] = [strdup("cat"), nil]
        defer { free(argv[0]) }
        for _ in 0..<count {
            var pid: pid_t = 0
            let failure = posix_spawnp(&pid, "cat", &actions, nil, &argv, environ)
            guard failure == 0 else { throw BenchError("cat cannot be started (errno \(failure))") }
        }
    }

    private static func settle() {
        usleep(1_000_000)
    }
}
