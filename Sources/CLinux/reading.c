#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
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

struct files_to_read {
    const char *paths;
    const uint32_t *limits;
    size_t count;
};

static void read_in_child(int output, void *context) {
    struct files_to_read *files = context;
    read_files(output, files->paths, files->limits, files->count);
}

int clinux_read_start(const char *paths, const uint32_t *limits, size_t count, int *output) {
    struct files_to_read files = {paths, limits, count};
    return clinux_helper(read_in_child, &files, output);
}
