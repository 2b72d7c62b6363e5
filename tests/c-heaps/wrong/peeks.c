/* mm_malloc looks into the block that it gave last, which is the program's. */
#include <stddef.h>

#include "memlib.h"

static int *last;

int mm_init(void) {
    last = NULL;
    return 0;
}

static int was_used(void) { return last != NULL && *last != 0; }

void *mm_malloc(size_t size) {
    size_t bytes = (size + 15) & ~(size_t)15;
    if (was_used())
        bytes += 16;
    return last = mem_sbrk(bytes);
}
void mm_free(void *payload) { (void)payload; }
void *mm_realloc(void *payload, size_t size) {
    (void)payload;
    return mm_malloc(size);
}
