/* Asks the system for memory: malloc and its like over <unistd.h>, without a course. */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

struct header {
    size_t bytes;
    size_t unused;
};

void *malloc(size_t size) {
    size_t bytes = (size + 15) & ~(size_t)15;
    if (bytes < size) return NULL;
    struct header *header = sbrk(sizeof *header + bytes);
    if (header == (void *)-1) return NULL;
    header->bytes = bytes;
    return header + 1;
}

void free(void *block) { (void)block; }

void *realloc(void *block, size_t size) {
    void *moved = malloc(size);
    if (moved == NULL || block == NULL) return moved;
    size_t bytes = ((struct header *)block)[-1].bytes;
    memcpy(moved, block, bytes < size ? bytes : size);
    return moved;
}

void *calloc(size_t count, size_t size) {
    void *block = malloc(count * size);
    return block == NULL ? NULL : memset(block, 0, count * size);
}
