#include "sizes.h"

unsigned block_bytes(unsigned size) { return size > 1u << 30 ? 0x7fffffff : (size + 31) & ~15u; }

void copy_bytes(char *to, const char *from, unsigned size) {
    while (size-- > 0)
        *to++ = *from++;
}
