#define _GNU_SOURCE
#include "CAllocations.h"

#include <dlfcn.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

// glibc's own functions under their second names, which it keeps for who replaces the first.
extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

// Where swift-testing has itself told of thrown errors, to keep their backtraces: away while we count. One test
// counts at a time.
extern void *_swift_willThrow, *_swift_willThrowTypedImpl;
static void *testing_hooks[2];

static __thread int is_counting;
static __thread int is_trapping;
static __thread uint64_t count;

// Without optimisation a `for` loop goes through the standard library's generic subscript, a coroutine that asks malloc
// itself for its frame; built for release, the loop is a loop. Every object, box, string and array asks swift_slowAlloc
// instead, so of the standard library only that counts, and of everybody else all.
static int is_unoptimised_frame(void *caller) {
    static __thread struct {
        void *caller;
        int verdict;
    } known[64];
    size_t place = ((uintptr_t)caller >> 2) % 64;
    if (known[place].caller == caller) return known[place].verdict;
    Dl_info found;
    int verdict = 0;
    if (dladdr(caller, &found) && found.dli_fname != NULL && strstr(found.dli_fname, "/libswiftCore.so") != NULL) {
        verdict = found.dli_sname == NULL || strncmp(found.dli_sname, "swift_slowAlloc", 15) != 0;
    }
    known[place].caller = caller;
    known[place].verdict = verdict;
    return verdict;
}

static void note(void *caller) {
    if (!is_counting) return;
    is_counting = 0;
    if (!is_unoptimised_frame(caller)) {
        if (is_trapping) __builtin_trap();
        count++;
    }
    is_counting = 1;
}

void callocations_begin(void) {
    testing_hooks[0] = __atomic_exchange_n(&_swift_willThrow, NULL, __ATOMIC_SEQ_CST);
    testing_hooks[1] = __atomic_exchange_n(&_swift_willThrowTypedImpl, NULL, __ATOMIC_SEQ_CST);
    count = 0;
    is_trapping = getenv("MARTLET_TRAP_ALLOCATIONS") != NULL;
    is_counting = 1;
}

uint64_t callocations_end(void) {
    is_counting = 0;
    __atomic_store_n(&_swift_willThrow, testing_hooks[0], __ATOMIC_SEQ_CST);
    __atomic_store_n(&_swift_willThrowTypedImpl, testing_hooks[1], __ATOMIC_SEQ_CST);
    return count;
}

void *malloc(size_t size) {
    note(__builtin_return_address(0));
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note(__builtin_return_address(0));
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    note(__builtin_return_address(0));
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    note(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note(__builtin_return_address(0));
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    note(__builtin_return_address(0));
    *memory = __libc_memalign(alignment, size);
    return *memory == NULL ? ENOMEM : 0;
}
