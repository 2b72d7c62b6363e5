/* An allocator that never uses a block again: it is right, and wastes nearly everything.
   README.md says what to write instead. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "memlib.h"
#include "mm.h"

/* The driver calls these functions mm_malloc, mm_free, and so on. */
#ifdef DRIVER
#define malloc mm_malloc
#define free mm_free
#define realloc mm_realloc
#define calloc mm_calloc
#endif

/* A payload is at a multiple of 16. In front of it is its size. */
#define ALIGNMENT 16
#define ALIGN(size) (((size) + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1))
#define HEADER_BYTES ((size_t)ALIGNMENT)

/* Sets up an empty heap. Returns whether it could. */
bool mm_init(void) {
    return true;
}

/* Returns a payload of at least `size` bytes, or NULL. */
void *malloc(size_t size) {
    if (size == 0)
        return NULL;
    char *block = mem_sbrk((intptr_t)(HEADER_BYTES + ALIGN(size)));
    if (block == (void *)-1)
        return NULL;
    *(size_t *)block = size;
    return block + HEADER_BYTES;
}

/* Takes a payload back. */
void free(void *payload) {
    (void)payload;
}

/* Returns a payload of `size` bytes with the bytes of the old one. */
void *realloc(void *payload, size_t size) {
    void *moved = malloc(size);
    if (moved == NULL)
        return NULL;
    if (payload != NULL) {
        size_t old = *(size_t *)((char *)payload - HEADER_BYTES);
        memcpy(moved, payload, old < size ? old : size);
        free(payload);
    }
    return moved;
}

/* Returns a payload of `count * size` bytes, all zero. */
void *calloc(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *payload = malloc(count * size);
    if (payload != NULL)
        memset(payload, 0, count * size);
    return payload;
}

/* Checks that the heap is as it should be. `line` is the caller's. */
bool mm_checkheap(int line) {
    (void)line;
    return true;
}
