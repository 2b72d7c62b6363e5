/* mm_init forgets to set back what the trace before left. */
#include <stddef.h>
#include <string.h>

#include "memlib.h"

static char *next, *end;

int mm_init(void) { return 0; }

static char *take(size_t bytes) {
    if (next == NULL || next + bytes > end) {
        next = mem_sbrk(4096);
        end = next + 4096;
    }
    char *block = next;
    *(size_t *)block = bytes;
    next += bytes;
    return block;
}

void *mm_malloc(size_t size) { return take((size + 31) & ~(size_t)15) + 16; }
void mm_free(void *payload) { (void)payload; }
void *mm_realloc(void *payload, size_t size) {
    (void)payload;
    return mm_malloc(size);
}
