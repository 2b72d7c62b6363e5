/* Two buffers that grow in turns, from small to beyond the mmap threshold, and
   shrink again; then blocks of gigabytes that are never touched. */
#include <stdlib.h>

int main(void) {
    char *one = NULL, *two = NULL;
    for (size_t size = 16; size <= 16u << 20; size += size / 2) {
        one = realloc(one, size);
        two = realloc(two, size + 1);
    }
    for (size_t size = 16u << 20; size >= 16; size /= 3) {
        one = realloc(one, size);
        two = realloc(two, size + 1);
    }
    free(one);
    free(two);

    char *three_gib = malloc(3ul << 30);
    char *five_gib = malloc(5ul << 30); /* too large for a 32-bit machine */
    five_gib = realloc(five_gib, 2000); /* and now it fits */
    free(three_gib);
    free(five_gib);
    return 0;
}
