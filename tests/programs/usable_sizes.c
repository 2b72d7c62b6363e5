/* What a program sees of its allocator: with the recorder it must see the same. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
    for (size_t size = 1; size < 100000; size = size * 3 + 1) {
        void *block = malloc(size);
        printf("%zu %zu", size, malloc_usable_size(block));
        block = realloc(block, 2 * size);
        printf(" %zu", malloc_usable_size(block));
        free(block);
        block = aligned_alloc(64, 64 * size);
        printf(" %zu\n", malloc_usable_size(block));
        free(block);
    }
    printf("%zu\n", malloc_usable_size(NULL));
    return 0;
}
