/* Calls every function that gives out, resizes or takes back a block, once or twice, in a
   known order. mtrace() does something only under MALLOC_TRACE and its library. */
#define _GNU_SOURCE
#include <malloc.h>
#include <mcheck.h>
#include <stdint.h>
#include <stdlib.h>

int main(void) {
    mtrace();
    volatile size_t too_large = SIZE_MAX / 4;
    char *malloced = malloc(100);
    char *cleared = calloc(7, 13);
    void *posix = NULL;
    if (posix_memalign(&posix, 64, 300) != 0) return 1;
    char *aligned = aligned_alloc(128, 256);
    char *memaligned = memalign(32, 77);
    char *page = valloc(55);
    char *array = reallocarray(NULL, 5, 9);
    malloced = realloc(malloced, 5000);
    char *from_nothing = realloc(NULL, 40);
    cleared = realloc(cleared, 10);
    array = reallocarray(array, 50, 9);
    char *empty = malloc(0);
    free(posix);
    free(NULL);
    free(aligned);
    if (malloc(too_large) != NULL) return 2;
    if (realloc(from_nothing, too_large) != NULL) return 3;
    if (calloc(too_large, 16) != NULL) return 4;
    from_nothing = realloc(from_nothing, 0);
    free(memaligned);
    free(page);
    free(array);
    free(empty);
    char *last = malloc(24);
    free(malloced);
    free(cleared);
    free(last);
    return from_nothing != NULL;
}
