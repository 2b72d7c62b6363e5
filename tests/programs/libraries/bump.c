/* An allocator as a first exercise has it: each block comes from the end of the heap, with
   its size in front, and free does nothing. It has only the names that a library must
   have. */
#include <stddef.h>
#include <string.h>
#include <unistd.h>

enum { HEADER = 16 };

void *malloc(size_t size) {
    size_t whole = (size + HEADER + 15) & ~(size_t)15;
    static char *end, *limit;
    if (end == NULL) {
        end = sbrk(0);
        end += -(size_t)end & 15;
        if (sbrk(end - (char *)sbrk(0)) == (void *)-1) return NULL;
        limit = end;
    }
    if (limit < end + whole) {
        /* One heap, without holes: sbrk must go on where it stopped. */
        if (sbrk((long)whole + (1 << 16)) != limit) return NULL;
        limit += whole + (1 << 16);
    }
    char *block = end + HEADER;
    end += whole;
    memcpy(block - HEADER, &size, sizeof size);
    return block;
}

void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) {
    /* The memory is new, so it is zero. */
    return malloc(count * size);
}

void *realloc(void *block, size_t size) {
    size_t before = 0;
    if (block != NULL) memcpy(&before, (char *)block - HEADER, sizeof before);
    void *larger = malloc(size);
    if (larger != NULL && block != NULL) memcpy(larger, block, before < size ? before : size);
    return larger;
}
