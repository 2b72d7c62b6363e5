/* The corners of malloc that test suites of C libraries look at: prints what is wrong. */
#define _GNU_SOURCE
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* That a refused realloc keeps the block is what is looked at here. */
#if defined(__GNUC__) && __GNUC__ >= 12
#pragma GCC diagnostic ignored "-Wuse-after-free"
#endif

static int wrong;

static void expect(int holds, const char *what) {
    if (!holds) {
        printf("wrong: %s (errno %d)\n", what, errno);
        wrong = 1;
    }
}

/* A call that must fail with ENOMEM. */
#define REFUSED(call) (errno = 0, expect((call) == NULL && errno == ENOMEM, #call))

static int is_aligned(void *block, uintptr_t align) {
    return block != NULL && (uintptr_t)block % align == 0;
}

static void sizes(void) {
    volatile size_t nothing = 0, most = SIZE_MAX, half = PTRDIFF_MAX;
    char *one = malloc(nothing), *two = malloc(nothing);
    expect(one != NULL && two != NULL && one != two, "two blocks of nothing are two");
    REFUSED(malloc(half));
    REFUSED(malloc(half + 1));
    REFUSED(malloc(most));
    REFUSED(malloc(most - 4096));
    REFUSED(calloc(most / 2, 3));
    REFUSED(calloc(half / 8 + 1, 16));
    REFUSED(realloc(one, half + 1));
    REFUSED(realloc(one, most));
    REFUSED(reallocarray(one, most / 2, 4));
    REFUSED(valloc(most));
    REFUSED(pvalloc(most));
    errno = 77;
    free(one);
    free(two);
    free(NULL);
    expect(errno == 77, "free leaves errno alone");
    free(calloc(nothing, 5));
    free(realloc(NULL, 0));
}

static void alignments(void) {
    volatile size_t most = SIZE_MAX;
    void *block = &wrong;
    REFUSED(aligned_alloc(64, most - 10));
    errno = 0;
    expect(memalign(most / 2 + 2, 1) == NULL && errno == EINVAL, "a power of two beyond the largest");
    free(memalign(0, 10));
    expect(is_aligned(block = memalign(24, 10), 32), "an alignment is rounded up");
    free(block);
    expect(is_aligned(block = aligned_alloc(64, 65), 64), "a size that is not a multiple");
    free(block);
    block = &wrong;
    expect(posix_memalign(&block, 0, 10) == EINVAL, "alignment 0");
    expect(posix_memalign(&block, 4, 10) == EINVAL, "less than a pointer");
    expect(posix_memalign(&block, 12, 10) == EINVAL, "no power of two");
    expect(posix_memalign(&block, 16, most) == ENOMEM, "too much");
    expect(block == &wrong, "a refusal leaves the place alone");
    expect(posix_memalign(&block, 8, 0) == 0, "a block of nothing");
    free(block);
    expect(posix_memalign(&block, 1 << 20, 1 << 20) == 0 && is_aligned(block, 1 << 20), "1 MiB");
    memset(block, 1, 1 << 20);
    free(block);
}

/* All that is usable is the program's, and no other block's. */
static void usable(void) {
    for (size_t size = 1; size < 100000; size = size * 3 / 2 + 1) {
        char *one = malloc(size), *two = malloc(size);
        size_t bytes = malloc_usable_size(one);
        expect(bytes >= size, "what was asked for is usable");
        memset(two, 2, malloc_usable_size(two));
        memset(one, 1, bytes);
        expect(two[0] == 2 && two[size - 1] == 2, "and is not another's");
        free(one);
        free(two);
    }
}

static void contents(void) {
    unsigned char *block = NULL;
    for (size_t size = 1; size < 3000000; size = size * 5 / 4 + 1) {
        unsigned char value = (unsigned char)size;
        block = realloc(block, size);
        memset(block, value, size);
        block = realloc(block, size + 100);
        expect(block[0] == value && block[size - 1] == value, "realloc keeps what there is");
    }
    free(block);
}

/* They are about another allocator, and are there. */
static void others(void) {
    mallopt(M_MMAP_THRESHOLD, 1 << 20);
    (void)mallinfo2();
    malloc_trim(0);
    FILE *file = fopen("/dev/null", "w");
    expect(malloc_info(0, file) == 0, "malloc_info");
    fclose(file);
}

int main(void) {
    sizes();
    alignments();
    usable();
    contents();
    others();
    puts(wrong ? "not as it should be" : "as it should be");
    return wrong;
}
