/* A program that brings its allocator along, linked in statically. */
#include <stddef.h>
#include <stdio.h>

static _Alignas(16) char memory[1 << 20];
static size_t used;

void *malloc(size_t size) {
    size_t total = (size + 15) & ~(size_t)15;
    if (total > sizeof memory - used) return NULL;
    used += total;
    return memory + used - total;
}

void free(void *block) { (void)block; }

void *calloc(size_t count, size_t size) { return malloc(count * size); }

void *realloc(void *block, size_t size) {
    (void)block;
    return malloc(size);
}

int main(void) {
    for (int i = 0; i < 100; i++) free(malloc(10));
    puts("done");
    return 0;
}
