/* MIT 6.172: my_init, my_malloc, ..., and the heap's limits as functions. */
#include <stdint.h>
#include <string.h>

#include "allocator_interface.h"
#include "memlib.h"

int my_check(void) { return (char *)my_heap_lo() > (char *)my_heap_hi() + 1 ? -1 : 0; }

int my_init(void) { return 0; }

void *my_malloc(size_t size) {
    uint64_t *header = mem_sbrk((size + 31) & ~15);
    if (header == (void *)-1)
        return NULL;
    *header = size;
    return header + 2;
}

void my_free(void *ptr) {}

void *my_realloc(void *ptr, size_t size) {
    if (!ptr)
        return my_malloc(size);
    if (!size)
        return NULL;
    uint64_t old = ((uint64_t *)ptr)[-2];
    void *moved = my_malloc(size);
    if (moved)
        memcpy(moved, ptr, old < size ? old : size);
    return moved;
}

void my_reset_brk(void) { mem_reset_brk(); }

void *my_heap_lo(void) { return mem_heap_lo(); }

void *my_heap_hi(void) { return mem_heap_hi(); }
