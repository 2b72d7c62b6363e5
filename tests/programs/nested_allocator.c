/* A shared library with an allocator as a student may write one: its functions call each
   other by their public names, so that a recorder sees the inner calls too. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static _Alignas(16) char memory[8 << 20];
static size_t used;

void *malloc(size_t size) {
    size_t total = (size + 31) & ~(size_t)15;
    if (size > sizeof memory || total > sizeof memory - used) return NULL;
    char *block = memory + used;
    used += total;
    *(size_t *)block = size;
    return block + 16;
}

void free(void *block) { (void)block; }

size_t malloc_usable_size(void *block) { return block ? ((size_t *)block)[-2] : 0; }

void *calloc(size_t count, size_t size) {
    void *block = malloc(count * size);
    if (block) memset(block, 0, count * size);
    return block;
}

void *realloc(void *old, size_t size) {
    if (!old) return malloc(size);
    void *block = malloc(size);
    if (!block) return NULL;
    size_t kept = malloc_usable_size(old);
    memcpy(block, old, kept < size ? kept : size);
    free(old);
    return block;
}
