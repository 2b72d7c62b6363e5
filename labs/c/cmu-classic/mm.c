/* An allocator that never uses a block again: it is right, and wastes nearly everything.
   README.md says what to write instead. */
#include <string.h>

#include "memlib.h"
#include "mm.h"

team_t team = {"team", "name", "name@example.edu", "", ""};

/* A payload is a multiple of 8. In front of it is its size. */
#define ALIGNMENT 8
#define ALIGN(size) (((size) + (ALIGNMENT - 1)) & ~(size_t)(ALIGNMENT - 1))
#define HEADER_BYTES ALIGN(sizeof(size_t))

/* Sets up an empty heap. Returns 0, or -1 if it can't. */
int mm_init(void) {
    return 0;
}

/* Returns a payload of at least `size` bytes, or NULL. */
void *mm_malloc(size_t size) {
    if (size == 0)
        return NULL;
    char *block = mem_sbrk((intptr_t)(HEADER_BYTES + ALIGN(size)));
    if (block == (void *)-1)
        return NULL;
    *(size_t *)block = size;
    return block + HEADER_BYTES;
}

/* Takes a payload back. */
void mm_free(void *payload) {
    (void)payload;
}

/* Returns a payload of `size` bytes with the bytes of the old one. */
void *mm_realloc(void *payload, size_t size) {
    void *moved = mm_malloc(size);
    if (moved == NULL)
        return NULL;
    if (payload != NULL) {
        size_t old = *(size_t *)((char *)payload - HEADER_BYTES);
        memcpy(moved, payload, old < size ? old : size);
        mm_free(payload);
    }
    return moved;
}
