#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

struct clinux_statfs *clinux_statfs_map(size_t count) {
    void *memory = mmap(
        NULL, count * sizeof(struct clinux_statfs), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

void clinux_statfs_unmap(struct clinux_statfs *answers, size_t count) {
    munmap(answers, count * sizeof *answers);
}

struct question {
    const char *paths;
    size_t count;
    struct clinux_statfs *answers;
};

static void set_state(struct clinux_statfs *answer, uint32_t state) {
    __atomic_store_n(&answer->state, state, __ATOMIC_RELEASE);
}

uint32_t clinux_statfs_state(const struct clinux_statfs *answer) {
    return __atomic_load_n(&answer->state, __ATOMIC_ACQUIRE);
}

// Runs in the child. Any of these calls may hang for good, in a state that not even SIGKILL ends: so it holds
// nothing of its parent but the pipe and the memory for the answers.
static void ask(int output, void *context) {
    const struct question *question = context;
    const char *path = question->paths;
    if (dup2(output, 0) == 0) close_range(1, ~0u, 0);
    for (size_t place = 0; place < question->count; place++) {
        struct clinux_statfs *answer = &question->answers[place];
        set_state(answer, CLINUX_STATFS_ASKED);
        struct statfs found;
        if (statfs(path, &found) < 0) {
            answer->error = errno;
        } else {
            answer->error = 0;
            answer->block_bytes = (uint64_t)found.f_bsize;
            answer->blocks = found.f_blocks;
            answer->free = found.f_bfree;
            answer->available = found.f_bavail;
            answer->files = found.f_files;
            answer->files_free = found.f_ffree;
        }
        set_state(answer, CLINUX_STATFS_ANSWERED);
        path += strlen(path) + 1;
    }
}

int clinux_statfs_start(const char *paths, size_t count, struct clinux_statfs *answers, int *output) {
    for (size_t place = 0; place < count; place++) set_state(&answers[place], CLINUX_STATFS_WAITING);
    struct question question = {paths, count, answers};
    return clinux_helper(ask, &question, output);
}
