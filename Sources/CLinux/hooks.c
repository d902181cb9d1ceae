#define _GNU_SOURCE
#include "CLinux.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

// Each hook has a supervisor: a forked copy of the hub that executes nothing, so that it outlives a hub that is killed
// and its number is the hook's for as long as it needs. As a subreaper it becomes the parent of whatever the hook's
// processes leave behind, in whichever session, so the whole tree can be found and ended. Only calls that are safe after
// fork() in a program with threads are used: no memory is asked for but by mmap.

enum { PIDS_MAX = 1 << 22, TREE_PASSES_MAX = 200, KILL_WAIT_MS = 5000, PAUSE_MS = 10 };

static int64_t now_ms(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

static void tell(int status, int32_t kind, int32_t value) {
    struct clinux_hook_event event = {kind, value};
    // Less than PIPE_BUF goes at once; a hub that is gone is no failure.
    (void)!write(status, &event, sizeof event);
}

static void note(int result, int32_t kind, int32_t value) {
    if (result < 0) return;
    struct clinux_hook_event event = {kind, value};
    (void)!pwrite(result, &event, sizeof event, 0);
    fsync(result);
}

// Marks `from` and above to be closed on exec, or closes them now but those in `kept`.
static void close_from(int from, const int *kept, int count) {
    if (count == 0) {
#ifdef SYS_close_range
        if (syscall(SYS_close_range, from, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */) == 0) return;
#endif
        for (int descriptor = from; descriptor < 65536; descriptor++) fcntl(descriptor, F_SETFD, FD_CLOEXEC);
        return;
    }
    // `kept` rises.
    for (int place = 0; place <= count; place++) {
        int last = place < count ? kept[place] - 1 : 65535;
        if (last >= from) {
            int whole = place == count;
#ifdef SYS_close_range
            if (syscall(SYS_close_range, from, whole ? ~0U : (unsigned)last, 0) != 0)
#endif
                for (int descriptor = from; descriptor <= last; descriptor++) close(descriptor);
        }
        if (place < count) from = kept[place] + 1;
    }
}

static _Noreturn void become_hook(const struct clinux_hook *hook, int output, int failure) {
    setsid();
    // High numbers first: what goes to 0-3 may lie there now.
    int input = fcntl(hook->input, F_DUPFD_CLOEXEC, 64);
    int secret = hook->secret < 0 ? -1 : fcntl(hook->secret, F_DUPFD_CLOEXEC, 64);
    int said = fcntl(output, F_DUPFD_CLOEXEC, 64);
    int report = fcntl(failure, F_DUPFD_CLOEXEC, 64);
    int reason = 0;
    if (input < 0 || said < 0 || report < 0 || (hook->secret >= 0 && secret < 0)) reason = errno;
    if (reason == 0 && (dup2(input, 0) < 0 || dup2(said, 1) < 0 || dup2(said, 2) < 0)) reason = errno;
    if (reason == 0) {
        if (secret >= 0) {
            if (dup2(secret, 3) < 0) reason = errno;
        } else {
            close(3);
        }
        close_from(4, NULL, 0);
    }
    if (reason == 0 && chdir(hook->folder) != 0) reason = errno;
    if (reason == 0) {
        for (int number = 1; number < NSIG; number++) signal(number, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        prctl(PR_SET_CHILD_SUBREAPER, 0);
        execve(hook->argv[0], hook->argv, hook->envp);
        reason = errno;
    }
    (void)!write(report, &reason, sizeof reason);
    _exit(127);
}

// The parent of `pid` by its stat line; 0 where it is gone.
static int parent_of(int proc, const char *name) {
    char path[32], line[512];
    size_t length = strlen(name);
    if (length > 10) return 0;
    memcpy(path, name, length);
    memcpy(path + length, "/stat", 6);
    int descriptor = openat(proc, path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) return 0;
    ssize_t count = read(descriptor, line, sizeof line - 1);
    close(descriptor);
    if (count <= 0) return 0;
    // The name may hold brackets and blanks: proc(5).
    ssize_t place = count - 1;
    while (place > 0 && line[place] != ')') place--;
    if (place == 0 || place + 4 >= count) return 0;
    int parent = 0;
    for (place += 4; place < count && line[place] >= '0' && line[place] <= '9'; place++)
        parent = parent * 10 + line[place] - '0';
    return parent;
}

struct tree {
    // By the number of a process: its parent, and whether it descends from us.
    int32_t *parents;
    uint8_t *ours;
};

// Sends `number` to all that descends from us; how many that were.
static int signal_tree(struct tree *tree, int number) {
    if (tree->parents == NULL) return 0;
    int proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (proc < 0) return 0;
    // Fresh pages are zero, and cost only where a number is.
    madvise(tree->parents, (size_t)PIDS_MAX * sizeof *tree->parents, MADV_DONTNEED);
    madvise(tree->ours, PIDS_MAX, MADV_DONTNEED);
    static int pids[1 << 16];
    int count = 0;
    char buffer[8192];
    long bytes;
    while ((bytes = syscall(SYS_getdents64, proc, buffer, sizeof buffer)) > 0) {
        for (long offset = 0; offset < bytes;) {
            struct dirent64 *entry = (struct dirent64 *)(buffer + offset);
            offset += entry->d_reclen;
            int pid = 0;
            const char *digit = entry->d_name;
            while (*digit >= '0' && *digit <= '9' && pid < PIDS_MAX) pid = pid * 10 + *digit++ - '0';
            if (*digit != 0 || pid <= 0 || pid >= PIDS_MAX || count == 1 << 16) continue;
            tree->parents[pid] = parent_of(proc, entry->d_name);
            pids[count++] = pid;
        }
    }
    close(proc);
    int self = getpid(), found = 0, isNew = 1;
    while (isNew) {
        isNew = 0;
        for (int place = 0; place < count; place++) {
            int pid = pids[place], parent = tree->parents[pid];
            if (tree->ours[pid] || parent <= 0 || parent >= PIDS_MAX) continue;
            if (parent == self || tree->ours[parent]) tree->ours[pid] = isNew = 1;
        }
    }
    for (int place = 0; place < count; place++) {
        if (!tree->ours[pids[place]]) continue;
        found++;
        kill(pids[place], number);
    }
    return found;
}

struct watch {
    int pid, status, result, has_ended;
};

// Takes who has ended; false when nobody is left.
static int reap(struct watch *watch) {
    for (;;) {
        int status = 0;
        pid_t pid = waitpid(-1, &status, WNOHANG);
        if (pid == 0) return 1;
        if (pid < 0) return errno == EINTR ? 1 : 0;
        if (pid == watch->pid && !watch->has_ended) {
            watch->has_ended = 1;
            note(watch->result, CLINUX_HOOK_ENDED, status);
            tell(watch->status, CLINUX_HOOK_ENDED, status);
        }
    }
}

// Until all have ended or `until`; false when nobody is left.
static int wait_until(struct watch *watch, int64_t until) {
    sigset_t child;
    sigemptyset(&child);
    sigaddset(&child, SIGCHLD);
    for (;;) {
        if (!reap(watch)) return 0;
        int64_t left = until - now_ms();
        if (left <= 0) return 1;
        struct timespec wait = {left / 1000, left % 1000 * 1000000};
        sigtimedwait(&child, NULL, &wait);
    }
}

static _Noreturn void supervise(const struct clinux_hook *hook, int output, int status) {
    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NAME, "martlet-hook");
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    signal(SIGCHLD, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    int64_t deadline = now_ms() + hook->deadline_ms;
    int failure[2];
    if (pipe2(failure, O_CLOEXEC) < 0) {
        tell(status, CLINUX_HOOK_NOT_STARTED, errno);
        _exit(1);
    }
    pid_t pid = fork();
    if (pid == 0) become_hook(hook, output, failure[1]);
    if (pid < 0) {
        tell(status, CLINUX_HOOK_NOT_STARTED, errno);
        _exit(1);
    }
    // The hub's sockets, its lock and its files are not ours to hold.
    int low = fcntl(status, F_DUPFD_CLOEXEC, 64), result = -1;
    if (hook->result >= 0) result = fcntl(hook->result, F_DUPFD_CLOEXEC, low + 1);
    int reason_end = fcntl(failure[0], F_DUPFD_CLOEXEC, (result >= 0 ? result : low) + 1);
    int kept[3] = {low, result >= 0 ? result : reason_end, reason_end};
    close_from(0, kept, result >= 0 ? 3 : 2);
    int nothing = open("/dev/null", O_RDWR);
    if (nothing == 0) {
        dup2(0, 1);
        dup2(0, 2);
    }
    int reason = 0;
    struct pollfd waiting = {reason_end, POLLIN, 0};
    int64_t left = deadline - now_ms();
    if (poll(&waiting, 1, left > 0 ? (int)left : 0) == 1 &&
        read(reason_end, &reason, sizeof reason) == sizeof reason) {
        waitpid(pid, NULL, 0);
        note(result, CLINUX_HOOK_NOT_STARTED, reason);
        tell(low, CLINUX_HOOK_NOT_STARTED, reason);
        _exit(1);
    }
    close(reason_end);
    tell(low, CLINUX_HOOK_STARTED, pid);

    struct watch watch = {pid, low, result, 0};
    if (!wait_until(&watch, deadline)) _exit(0);
    if (!watch.has_ended) {
        watch.has_ended = 1;
        note(result, CLINUX_HOOK_LATE, 0);
        tell(low, CLINUX_HOOK_LATE, 0);
    }
    int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
    struct tree tree;
    tree.parents = mmap(NULL, (size_t)PIDS_MAX * sizeof *tree.parents, PROT_READ | PROT_WRITE, flags, -1, 0);
    tree.ours = mmap(NULL, PIDS_MAX, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (tree.parents == MAP_FAILED || tree.ours == MAP_FAILED) tree.parents = NULL;
    kill(-pid, SIGTERM);
    signal_tree(&tree, SIGTERM);
    if (!wait_until(&watch, now_ms() + hook->grace_ms)) {
        tell(low, CLINUX_HOOK_GONE, 0);
        _exit(0);
    }
    // What forks while it is killed is found in the next pass.
    int64_t end = now_ms() + KILL_WAIT_MS;
    int remaining = 0;
    for (int pass = 0; pass < TREE_PASSES_MAX && now_ms() < end; pass++) {
        kill(-pid, SIGKILL);
        remaining = signal_tree(&tree, SIGKILL);
        if (!wait_until(&watch, now_ms() + PAUSE_MS)) {
            remaining = 0;
            break;
        }
    }
    tell(low, CLINUX_HOOK_GONE, remaining);
    _exit(0);
}

int clinux_hook_start(const struct clinux_hook *hook, int *output, int *status) {
    int said[2], told[2];
    if (pipe2(said, O_CLOEXEC) < 0) return -errno;
    if (pipe2(told, O_CLOEXEC) < 0) {
        int failure = -errno;
        close(said[0]);
        close(said[1]);
        return failure;
    }
    pid_t pid = fork();
    if (pid == 0) supervise(hook, said[1], told[1]);
    int failure = -errno;
    close(said[1]);
    close(told[1]);
    if (pid < 0) {
        close(said[0]);
        close(told[0]);
        return failure;
    }
    fcntl(said[0], F_SETFL, O_NONBLOCK);
    *output = said[0];
    *status = told[0];
    return pid;
}

int clinux_hook_input(const void *bytes, size_t count) {
    int descriptor = memfd_create("martlet-hook", MFD_CLOEXEC);
    if (descriptor < 0) return -errno;
    size_t offset = 0;
    while (offset < count) {
        ssize_t written = write(descriptor, (const char *)bytes + offset, count - offset);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            int failure = written < 0 ? -errno : -EIO;
            close(descriptor);
            return failure;
        }
        offset += (size_t)written;
    }
    lseek(descriptor, 0, SEEK_SET);
    return descriptor;
}
