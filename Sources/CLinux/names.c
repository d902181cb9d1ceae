#include "CLinux.h"

// The agent links its runtime statically, and half a megabyte of that is the names of Unicode's characters, which
// nothing in the agent asks for. The linker's --wrap leads the standard library here instead, and drops the tables
// (see Makefile). Without --wrap this function has no caller.
intptr_t __wrap__swift_stdlib_getScalarName(uint32_t scalar, uint8_t *name, intptr_t capacity) {
    (void)scalar;
    (void)name;
    (void)capacity;
    return 0;  // "has no name", as the standard library reads it
}
