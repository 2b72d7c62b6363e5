/* Stanford CS107, the older lab: the segment grows by pages. */
#include <string.h>

#include "allocator.h"
#include "segment.h"

static char *top;

bool myinit(void) {
    top = init_heap_segment(0);
    return top != NULL;
}

void *mymalloc(size_t requested_size) {
    size_t bytes = (requested_size + 31) & ~15;
    size_t room = (char *)heap_segment_start() + heap_segment_size() - top;
    if (bytes > room && !extend_heap_segment((bytes - room + PAGE_SIZE - 1) / PAGE_SIZE))
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

bool validate_heap(void) { return top >= (char *)heap_segment_start(); }
