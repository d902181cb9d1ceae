#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int write_all(int descriptor, const char *bytes, size_t count) {
    while (count > 0) {
        ssize_t part = write(descriptor, bytes, count);
        if (part < 0 && errno == EINTR) continue;
        if (part <= 0) return -1;
        bytes += part;
        count -= (size_t)part;
    }
    return 0;
}

// All in C and on the stack: the child of a process with other threads (the tests) may not allocate.
static void read_files(int output, const char *paths, const uint32_t *limits, size_t count) {
    char buffer[sizeof(struct clinux_read_answer) + CLINUX_READ_MAX];
    for (size_t place = 0; place < count; place++, paths += strlen(paths) + 1) {
        struct clinux_read_answer answer = {.place = (uint32_t)place};
        size_t limit = limits[place] < CLINUX_READ_MAX ? limits[place] : CLINUX_READ_MAX;
        int descriptor = open(paths, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (descriptor < 0) {
            answer.length = -errno;
        } else {
            size_t done = 0;
            struct stat status;
            if (fstat(descriptor, &status) < 0) {
                answer.length = -errno;
            } else if (!S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
                // A FIFO or a device in the place of a file.
                answer.length = -EINVAL;
            } else {
                answer.modified = (int64_t)status.st_mtim.tv_sec * 1000 + status.st_mtim.tv_nsec / 1000000;
            }
            while (answer.length == 0 && done < limit) {
                char *free_bytes = buffer + sizeof answer + done;
                ssize_t part = S_ISDIR(status.st_mode) ? syscall(SYS_getdents64, descriptor, free_bytes, limit - done)
                                                       : read(descriptor, free_bytes, limit - done);
                if (part < 0 && errno == EINTR) continue;
                if (part < 0 && done == 0) answer.length = -errno;
                if (part <= 0) break;
                done += (size_t)part;
            }
            close(descriptor);
            if (answer.length == 0) answer.length = (int32_t)done;
        }
        memcpy(buffer, &answer, sizeof answer);
        size_t bytes = sizeof answer + (answer.length > 0 ? (size_t)answer.length : 0);
        if (write_all(output, buffer, bytes) < 0) return;
    }
}

int clinux_read_start(const char *paths, const uint32_t *limits, size_t count, int *output) {
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
        read_files(ends[1], paths, limits, count);
        _exit(0);
    }
    close(ends[1]);
    *output = ends[0];
    return child;
}
