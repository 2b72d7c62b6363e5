/* An allocator that never uses a block again: it is right, and wastes nearly everything.
   README.md says what to write instead. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "allocator.h"

/* Where the next block begins, and where the segment ends. */
static char *next;
static char *end;

/* A payload is at a multiple of 8. In front of it is its size. */
#define HEADER_BYTES 8

static size_t rounded(size_t size) {
    return (size + 7) & ~(size_t)7;
}

/* Takes an empty segment. Returns whether it is large enough. */
bool myinit(void *heap_start, size_t heap_size) {
    next = heap_start;
    end = next + heap_size;
    return heap_size >= HEADER_BYTES;
}

/* Returns a payload of at least `requested_size` bytes, or NULL. */
void *mymalloc(size_t requested_size) {
    if (requested_size == 0 || requested_size > MAX_REQUEST_SIZE)
        return NULL;
    size_t bytes = HEADER_BYTES + rounded(requested_size);
    if (bytes > (size_t)(end - next))
        return NULL;
    *(size_t *)next = requested_size;
    next += bytes;
    return next - bytes + HEADER_BYTES;
}

/* Takes a payload back. */
void myfree(void *ptr) {
    (void)ptr;
}

/* Returns a payload of `new_size` bytes with the bytes of the old one. */
void *myrealloc(void *old_ptr, size_t new_size) {
    void *moved = mymalloc(new_size);
    if (moved != NULL && old_ptr != NULL) {
        size_t old_size = *(size_t *)((char *)old_ptr - HEADER_BYTES);
        memcpy(moved, old_ptr, old_size < new_size ? old_size : new_size);
        myfree(old_ptr);
    }
    return moved;
}

/* Returns whether the heap is as it should be. */
bool validate_heap(void) {
    return next <= end;
}
