// Counts how often one thread asks malloc, calloc, realloc or an aligned sibling for memory. The definitions in
// allocations.c stand before glibc's own in every program that links them: Swift's runtime too comes here first.
#ifndef MARTLET_CALLOCATIONS_H
#define MARTLET_CALLOCATIONS_H

#include <stdint.h>

/// Counts this thread's allocations from here on. With MARTLET_TRAP_ALLOCATIONS in the environment the first one ends the
/// program instead, and its backtrace says whose it is.
void callocations_begin(void);

/// How many there were, without those that only code built without optimisation makes.
uint64_t callocations_end(void);

#endif
