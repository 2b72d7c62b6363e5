/* Every entrance of the heap once, in a known order, each block freed. The
   recording must hold exactly these calls after the marker. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void must(int condition) {
    if (!condition) _exit(99);
}

int main(void) {
    char *blocks[16];
    int count = 0;

    void *marker = malloc(123457);
    void *empty = malloc(0);
    must(marker != NULL && empty != NULL);

    blocks[count++] = malloc(100);
    blocks[count++] = calloc(3, 7);
    char *grown = realloc(NULL, 10);
    strcpy(grown, "content");
    grown = realloc(grown, 5000);
    must(strcmp(grown, "content") == 0);
    blocks[count++] = grown;
    blocks[count++] = reallocarray(NULL, 4, 25);
    blocks[count++] = memalign(64, 200);
    blocks[count++] = aligned_alloc(256, 512);
    must(posix_memalign((void **)&blocks[count++], 4096, 33) == 0);
    blocks[count++] = valloc(44);
    blocks[count++] = pvalloc(55);
    for (int i = 0; i < count; i++) must(blocks[i] != NULL);
    must((uintptr_t)blocks[4] % 64 == 0 && (uintptr_t)blocks[5] % 256 == 0);
    must((uintptr_t)blocks[6] % 4096 == 0 && (uintptr_t)blocks[7] % 4096 == 0);
    must(malloc_usable_size(blocks[0]) >= 100 && malloc_usable_size(NULL) == 0);

    /* Refusals: nothing happens, and the old block stays what it was. */
    volatile size_t absurd = SIZE_MAX / 2;
    must(malloc(absurd) == NULL && errno == ENOMEM);
    must(calloc(absurd, 4) == NULL && realloc(blocks[0], absurd) == NULL);
    must(reallocarray(blocks[0], absurd, 4) == NULL && errno == ENOMEM);
    must(memalign(64, absurd) == NULL && pvalloc(SIZE_MAX) == NULL);
    void *nothing = &nothing;
    must(posix_memalign(&nothing, 3, 10) == EINVAL && nothing == &nothing);
    must(posix_memalign(&nothing, 64, absurd) == ENOMEM);

    free(NULL);
    must(realloc(malloc(77), 0) == NULL);
    for (int i = 0; i < count; i++) free(blocks[i]);
    free(empty);
    free(marker);
    _exit(7);
}
