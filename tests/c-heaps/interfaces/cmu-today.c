/* CMU since 2016: bool mm_init, malloc behind macros, contracts, bool mm_checkheap. */
#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "memlib.h"
#include "mm.h"

#ifdef DRIVER
#define malloc mm_malloc
#define free mm_free
#define realloc mm_realloc
#define calloc mm_calloc
#define memset mem_memset
#define memcpy mem_memcpy
#endif

#define dbg_assert(condition) ((void)sizeof(condition))

typedef uint64_t word_t;

static word_t *start;

bool mm_checkheap(int lineno) { return start == NULL || *start == 1; }

bool mm_init(void) {
    start = mem_sbrk(2 * sizeof(word_t));
    if (start == (void *)-1)
        return false;
    *start = 1;
    return true;
}

void *malloc(size_t size) {
    dbg_assert(mm_checkheap(__LINE__));
    word_t *header = mem_sbrk((size + 31) & ~15);
    if (header == (void *)-1)
        return NULL;
    *header = size;
    return header + 2;
}

void free(void *ptr) {}

void *realloc(void *ptr, size_t size) {
    if (!ptr)
        return malloc(size);
    if (!size)
        return NULL;
    size_t old = ((word_t *)ptr)[-2];
    void *moved = malloc(size);
    if (moved)
        memcpy(moved, ptr, old < size ? old : size);
    return moved;
}

void *calloc(size_t count, size_t size) {
    void *payload = malloc(count * size);
    if (payload)
        memset(payload, 0, count * size);
    return payload;
}
