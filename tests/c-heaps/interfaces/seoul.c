/* Seoul National University: mm_init gets a list of ranges, and there is an mm_exit. */
#include <string.h>

#include "memlib.h"
#include "mm.h"

static range_t **gl_ranges;

int mm_init(range_t **ranges) {
    gl_ranges = ranges;
    return *gl_ranges == NULL ? 0 : -1;
}

void *mm_malloc(size_t size) {
    size_t *header = mem_sbrk((size + 31) & ~15);
    if (header == (void *)-1)
        return NULL;
    *header = size;
    return header + 2;
}

void mm_free(void *ptr) {}

void *mm_realloc(void *ptr, size_t size) {
    if (!ptr)
        return mm_malloc(size);
    if (!size)
        return NULL;
    size_t old = ((size_t *)ptr)[-2];
    void *moved = mm_malloc(size);
    if (moved)
        memcpy(moved, ptr, old < size ? old : size);
    return moved;
}

void mm_exit(void) {}
