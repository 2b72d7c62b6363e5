/* Stanford CS107: one segment is given, and does not grow. */
#include <string.h>

#include "allocator.h"

static char *top, *end;

bool myinit(void *heap_start, size_t heap_size) {
    top = heap_start;
    end = top + heap_size;
    return heap_size > 0;
}

void *mymalloc(size_t requested_size) {
    size_t bytes = (requested_size + 31) & ~15;
    if (requested_size > MAX_REQUEST_SIZE || bytes > end - top)
        return NULL;
    *(size_t *)top = requested_size;
    top += bytes;
    return top - bytes + 16;
}

void myfree(void *ptr) {}

void *myrealloc(void *old_ptr, size_t new_size) {
    if (!old_ptr)
        return mymalloc(new_size);
    if (!new_size)
        return NULL;
    size_t old = ((size_t *)old_ptr)[-2];
    void *moved = mymalloc(new_size);
    if (moved)
        memcpy(moved, old_ptr, old < new_size ? old : new_size);
    return moved;
}

bool validate_heap(void) { return top <= end; }
