#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

int clinux_fork(void) {
    pid_t child = fork();
    return child < 0 ? -errno : child;
}

static void open_null(int stream, int flags) {
    int null = open("/dev/null", flags);
    if (null >= 0 && null != stream) {
        dup2(null, stream);
        close(null);
    }
}

int clinux_detach(void) {
    if (setsid() < 0 && errno != EPERM) return -errno;
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_PDEATHSIG, 0);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);
    signal(SIGINT, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL);
    open_null(0, O_RDONLY);
    open_null(1, O_WRONLY);
    open_null(2, O_WRONLY);
    umask(077);
    return chdir("/") < 0 ? -errno : 0;
}

int clinux_children(void) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGCHLD);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0) return -errno;
    int descriptor = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

// Descriptors that a script was not given would be open in it for as long as what it starts lives.
static void close_from(int first) {
#ifdef SYS_close_range
    if (syscall(SYS_close_range, (unsigned)first, ~0u, 0) == 0) return;
#endif
    for (int descriptor = first; descriptor < 65536; descriptor++) close(descriptor);
}

// Between fork and execve only what may be called there.
int clinux_script_start(const struct clinux_script *script) {
    int report[2];
    if (pipe2(report, O_CLOEXEC) < 0) return -errno;
    pid_t child = fork();
    if (child < 0) {
        int failure = -errno;
        close(report[0]);
        close(report[1]);
        return failure;
    }
    if (child == 0) {
        int failure = 0;
        setsid();
        if (script->cgroup_procs >= 0 && write(script->cgroup_procs, "0", 1) < 0) failure = errno;
        open_null(0, O_RDONLY);
        dup2(script->output, 1);
        dup2(script->output, 2);
        // The report must survive the closing, and end with execve.
        int kept = dup2(report[1], 3);
        fcntl(kept, F_SETFD, FD_CLOEXEC);
        close_from(4);
        for (int number = 1; number < 65; number++) signal(number, SIG_DFL);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        struct rlimit nothing = {0, 0};
        setrlimit(RLIMIT_CORE, &nothing);
        umask(022);
        if (chdir("/") < 0) failure = failure ? failure : errno;
        if (script->becomes_user && failure == 0) {
            if (setgroups(script->group_count, (const gid_t *)script->groups) < 0 ||
                setresgid(script->group, script->group, script->group) < 0 ||
                setresuid(script->user, script->user, script->user) < 0)
                failure = errno;
        }
        if (failure == 0) {
            execve(script->path, script->arguments, script->environment);
            failure = errno;
        }
        (void)!write(kept, &failure, sizeof failure);
        _exit(127);
    }
    close(report[1]);
    int failure = 0;
    ssize_t count;
    do {
        count = read(report[0], &failure, sizeof failure);
    } while (count < 0 && errno == EINTR);
    close(report[0]);
    if (count == (ssize_t)sizeof failure) {
        while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
        return -failure;
    }
    return child;
}

int clinux_wait_any(int *status) {
    pid_t ended;
    do {
        ended = waitpid(-1, status, WNOHANG);
    } while (ended < 0 && errno == EINTR);
    return ended < 0 ? -errno : ended;
}

int clinux_helper_start(const char *path, char *const argv[], int ends[2]) {
    int into[2], out[2];
    if (pipe2(into, O_CLOEXEC) < 0) return -errno;
    if (pipe2(out, O_CLOEXEC) < 0) {
        int failure = -errno;
        close(into[0]);
        close(into[1]);
        return failure;
    }
    // Nothing of ours is touched between the two calls, so that no copy of our memory is made.
    pid_t child = vfork();
    if (child == 0) {
        dup2(into[0], 0);
        dup2(out[1], 1);
        sigset_t none;
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &none, NULL);
        execv(path, argv);
        _exit(127);
    }
    int failure = child < 0 ? -errno : 0;
    close(into[0]);
    close(out[1]);
    if (failure < 0) {
        close(into[1]);
        close(out[0]);
        return failure;
    }
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    ends[0] = into[1];
    ends[1] = out[0];
    return child;
}

int clinux_syslog(const void *bytes, size_t count) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strcpy(address.sun_path, "/dev/log");
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    ssize_t sent = sendto(descriptor, bytes, count, MSG_NOSIGNAL, (struct sockaddr *)&address, sizeof address);
    int failure = sent < 0 ? -errno : 0;
    close(descriptor);
    return failure;
}

int clinux_is_delegated(const char *folder) {
    char value[2];
    for (int place = 0; place < 2; place++) {
        const char *name = place == 0 ? "user.delegate" : "trusted.delegate";
        if (getxattr(folder, name, value, sizeof value) == 1 && value[0] == '1') return 1;
    }
    return 0;
}

void clinux_pause(uint32_t milliseconds) {
    struct timespec time = {.tv_sec = milliseconds / 1000, .tv_nsec = (long)(milliseconds % 1000) * 1000000};
    nanosleep(&time, NULL);
}

int clinux_epoll(void) {
    int descriptor = epoll_create1(EPOLL_CLOEXEC);
    return descriptor < 0 ? -errno : descriptor;
}

int clinux_epoll_add(int epoll, int descriptor) {
    struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int clinux_epoll_ready(int epoll, int *descriptors, int count) {
    struct epoll_event events[16];
    int ready = epoll_wait(epoll, events, count < 16 ? count : 16, 0);
    for (int place = 0; place < ready; place++) descriptors[place] = events[place].data.fd;
    return ready < 0 ? -errno : ready;
}
