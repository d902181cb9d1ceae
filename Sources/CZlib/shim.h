// zlib as the system has it, for reading rotated logs that were compressed.
#include <zlib.h>

// inflateInit2 is a macro, which Swift does not see.
static inline int czlib_inflate_begin(z_stream *stream) {
    // 15 bits of window; 32 more: a gzip or a zlib header, whichever comes.
    return inflateInit2(stream, 15 + 32);
}
