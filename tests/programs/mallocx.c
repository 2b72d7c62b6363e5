/* Blocks of a function that only jemalloc has, resized and freed by C's functions. */
#include <stdio.h>
#include <stdlib.h>

void *mallocx(size_t size, int flags);

int main(void) {
    for (int i = 0; i < 1000; i++) {
        char *block = mallocx(100 + i, 0);
        block[99] = 7;
        if (i % 2) block = realloc(block, 5000);
        if (block == NULL || block[99] != 7) return 1;
        free(block);
    }
    puts("done");
    return 0;
}
