#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

int clinux_open(const char *path) {
    return clinux_openat(AT_FDCWD, path);
}

int clinux_openat(int folder, const char *path) {
    int descriptor = openat(folder, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

long clinux_pread_all(int descriptor, void *buffer, size_t count) {
    size_t done = 0;
    while (done < count) {
        ssize_t part = pread(descriptor, (char *)buffer + done, count - done, (off_t)done);
        if (part < 0) {
            if (errno == EINTR) continue;
            return -errno;
        }
        if (part == 0) break;
        done += (size_t)part;
        // seq_file hands out whole records of up to a page, so a first read of less than a quarter of a page was
        // all there is: the small files that every tick reads cost one call each.
        if (done == (size_t)part && done < 1024) break;
    }
    return (long)done;
}

long clinux_getdents(int descriptor, void *buffer, size_t count) {
    long done = syscall(SYS_getdents64, descriptor, buffer, count);
    return done < 0 ? -errno : done;
}

int clinux_rewind(int descriptor) {
    return lseek(descriptor, 0, SEEK_SET) < 0 ? -errno : 0;
}

int clinux_pipe(int ends[2]) {
    return pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0 ? -errno : 0;
}

// Set by the linker: where the program's text begins and ends.
extern char __executable_start, etext;

void clinux_drop_code(void) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    uintptr_t start = ((uintptr_t)&__executable_start + page - 1) & ~(page - 1);
    uintptr_t end = (uintptr_t)&etext & ~(page - 1);
    // Never written to, so nothing is lost.
    if (end > start) madvise((void *)start, end - start, MADV_DONTNEED);
}
