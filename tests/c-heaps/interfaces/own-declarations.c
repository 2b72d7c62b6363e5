/* Declares the course's functions in its own way, before and behind the lab's headers. */
#include <string.h>

typedef struct {
    char *name;
} team_t;
extern void *mem_sbrk(int increment);

#include "memlib.h"
#include "mm.h"

team_t team = {"one"};

int mm_init(void) { return 0; }

void *mm_malloc(unsigned size) {
    size_t bytes = ((size_t)size + 31) & ~(size_t)15;
    if (bytes > 1 << 20) return NULL;
    char *start = mem_sbrk((int)bytes);
    if (start == (char *)-1) return NULL;
    memcpy(start, &bytes, sizeof bytes);
    return start + 16;
}

void mm_free(void *block) { (void)block; }

void *mm_realloc(void *block, unsigned size) {
    void *moved = mm_malloc(size);
    size_t bytes;
    memcpy(&bytes, (char *)block - 16, sizeof bytes);
    bytes -= 16;
    return moved == NULL ? NULL : memcpy(moved, block, bytes < size ? bytes : size);
}
