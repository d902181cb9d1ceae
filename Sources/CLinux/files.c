#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <unistd.h>

long clinux_pread(int descriptor, void *buffer, size_t count, long offset) {
    ssize_t done;
    do {
        done = pread(descriptor, buffer, count, offset);
    } while (done < 0 && errno == EINTR);
    return done < 0 ? -errno : done;
}
