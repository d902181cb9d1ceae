// Shims over Linux system calls that Swift's Glibc module does not show, or shows awkwardly.
// Declarations only: system headers stay in the .c files, because _GNU_SOURCE in a header that
// Swift imports conflicts with the Glibc module.
#ifndef MARTLET_CLINUX_H
#define MARTLET_CLINUX_H

#include <stddef.h>
#include <stdint.h>

/// Reads up to `count` bytes at `offset` without moving the file position; -errno on failure.
long clinux_pread(int descriptor, void *buffer, size_t count, long offset);

#endif
