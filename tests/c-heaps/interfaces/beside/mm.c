/* A course with headers of its own: sizes of 32 bits, mem_sbrk of an int, a helper file. */
#include "memlib.h"
#include "mm.h"
#include "sizes.h"

bool_t mm_init(void) { return YES; }

void *mm_malloc(uint32_t size) {
    uint64_t *header = mem_sbrk(block_bytes(size));
    if (header == (void *)-1)
        return NULL;
    *header = size;
    return header + 2;
}

void mm_free(void *ptr) {}

void *mm_realloc(void *ptr, uint32_t size) {
    if (!ptr)
        return mm_malloc(size);
    if (!size)
        return NULL;
    uint64_t old = ((uint64_t *)ptr)[-2];
    void *moved = mm_malloc(size);
    if (moved)
        copy_bytes(moved, ptr, old < size ? old : size);
    return moved;
}
