#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

// fork() alone is enough and safe here: the agent has one thread, and a child that hangs in a system
// call (statfs of a dead mount) costs its parent one process entry and no memory of its own.
int clinux_helper(void (*body)(int output, void *context), void *context, int *output) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
    pid_t child = fork();
    if (child < 0) {
        int failure = -errno;
        close(ends[0]);
        close(ends[1]);
        return failure;
    }
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        // Whoever waits for the end of our output must not wait for a child that hangs.
        close(0);
        close(1);
        close(2);
        fcntl(ends[1], F_SETFL, 0);
        body(ends[1], context);
        _exit(0);
    }
    close(ends[1]);
    *output = ends[0];
    return child;
}

int clinux_reap(int pid) {
    errno = 0;
    // Whoever started us may have had SIGCHLD ignored, which is inherited: the kernel then reaps children itself.
    return waitpid(pid, NULL, WNOHANG) == pid || errno == ECHILD;
}

void clinux_kill(int pid) {
    kill(pid, SIGKILL);
}

int clinux_start_anew(char *const argv[]) {
    static const char gone[] = " (deleted)";
    size_t rest = sizeof gone - 1;
    char path[PATH_MAX];
    ssize_t count = readlink("/proc/self/exe", path, sizeof path - 1);
    if (count > 0) {
        path[count] = 0;
        // Where another file took the program's place, that is the one to start.
        if ((size_t)count > rest && strcmp(path + count - rest, gone) == 0) path[count - rest] = 0;
        execv(path, argv);
    }
    execv("/proc/self/exe", argv);
    return -errno;
}
