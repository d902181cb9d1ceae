// Bytes compared 64 at a time, which Swift's own vectors have no way to turn into bits. Nothing here is compiled by
// itself: the function becomes part of the Swift function that calls it (pmovmskb on x86-64, its like on arm64).
#include <stdint.h>
#include <string.h>

typedef uint8_t cbytes_64 __attribute__((ext_vector_type(64)));

// The 64 bytes at `place`, and of 64 truths the bits, the first byte's lowest. Macros, since a function that gives or
// takes such a vector has another way to be called on each kind of processor.
#define CBYTES_LOAD(bytes, place) memcpy(&(bytes), (place), sizeof(cbytes_64))
#define CBYTES_BITS(word, truths)                                                            \
    do {                                                                                     \
        typedef _Bool cbytes_bits __attribute__((ext_vector_type(64)));                      \
        cbytes_bits found = __builtin_convertvector((truths), cbytes_bits);                  \
        memcpy(&(word), &found, sizeof(uint64_t));                                           \
    } while (0)

// What a line is cut at, quotes and line ends: a bit for each of the 64 bytes at `place`. All 64 are read.
static inline __attribute__((always_inline)) uint64_t cbytes_line(const void *place) {
    cbytes_64 bytes;
    uint64_t marks;
    CBYTES_LOAD(bytes, place);
    CBYTES_BITS(marks, (bytes == (cbytes_64)'"') | (bytes == (cbytes_64)'\n'));
    return marks;
}

// What a path is cut at, and the digits in it: a bit for each of the 64 bytes at `place`. All 64 are read.
struct cbytes_path {
    uint64_t slashes;
    // Question marks and semicolons.
    uint64_t stops;
    uint64_t digits;
};

static inline __attribute__((always_inline)) struct cbytes_path cbytes_path(const void *place) {
    cbytes_64 bytes;
    struct cbytes_path path;
    CBYTES_LOAD(bytes, place);
    CBYTES_BITS(path.slashes, bytes == (cbytes_64)'/');
    CBYTES_BITS(path.stops, (bytes == (cbytes_64)'?') | (bytes == (cbytes_64)';'));
    CBYTES_BITS(path.digits, bytes - (cbytes_64)'0' < (cbytes_64)10);
    return path;
}
