/* Every entrance of malloc, as a program may use it, and what it must do: prints what
   is wrong. With an argument it breaks a rule instead. */
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
        printf("wrong: %s\n", what);
        wrong = 1;
    }
}

static int is_aligned(void *block, uintptr_t align) {
    return block != NULL && (uintptr_t)block % align == 0;
}

static void break_a_rule(const char *rule) {
    char *block = malloc(100);
    char local[64] __attribute__((aligned(16)));
    if (strcmp(rule, "twice") == 0) {
        free(block);
        free(block);
    } else if (strcmp(rule, "inside") == 0) {
        free(block + 16);
    } else if (strcmp(rule, "local") == 0) {
        free(local);
    } else if (strcmp(rule, "realloc") == 0) {
        block = realloc(local, 200);
    }
    printf("it went on: %p\n", (void *)block);
}

int main(int count, char **words) {
    if (count > 1) {
        break_a_rule(words[1]);
        return 0;
    }
    errno = 5;
    char *block = malloc(100);
    expect(is_aligned(block, 16), "malloc is aligned to 16");
    expect(errno == 5, "malloc leaves errno alone");
    memset(block, 7, 100);
    expect(malloc_usable_size(block) >= 100, "100 bytes are usable");
    block = realloc(block, 100000);
    expect(block != NULL && block[99] == 7, "realloc keeps what is there");
    block = realloc(block, 10);
    expect(block != NULL && block[9] == 7, "realloc keeps what is left");
    expect(realloc(block, 0) == NULL, "realloc to 0 frees");

    char *nothing = malloc(0);
    expect(nothing != NULL, "a block of nothing is a block");
    free(nothing);
    free(NULL);
    expect(malloc_usable_size(NULL) == 0, "nothing is usable of null");

    char *dirty = malloc(5000);
    memset(dirty, 255, 5000);
    free(dirty);
    char *zeros = calloc(50, 100);
    int all = 0;
    for (int i = 0; i < 5000; i++) all |= zeros[i];
    expect(zeros != NULL && all == 0, "calloc zeroes");
    free(zeros);

    void *aligned = NULL;
    expect(posix_memalign(&aligned, 4096, 100) == 0 && is_aligned(aligned, 4096), "posix_memalign");
    free(aligned);
    errno = 5;
    expect(posix_memalign(&aligned, 24, 100) == EINVAL && errno == 5, "no power of two: EINVAL");
    expect(posix_memalign(&aligned, 2, 100) == EINVAL, "less than a pointer: EINVAL");
    aligned = memalign(256, 1000);
    expect(is_aligned(aligned, 256), "memalign");
    free(aligned);
    aligned = aligned_alloc(64, 640);
    expect(is_aligned(aligned, 64), "aligned_alloc");
    free(aligned);
    aligned = valloc(10);
    expect(is_aligned(aligned, 4096), "valloc");
    free(aligned);
    aligned = pvalloc(10);
    expect(is_aligned(aligned, 4096) && malloc_usable_size(aligned) >= 4096, "pvalloc");
    free(aligned);

    volatile size_t huge = SIZE_MAX / 2;
    errno = 0;
    expect(malloc(huge) == NULL && errno == ENOMEM, "too much: NULL and ENOMEM");
    errno = 0;
    expect(calloc(huge, 16) == NULL && errno == ENOMEM, "a product too large: NULL and ENOMEM");
    block = malloc(100);
    memset(block, 9, 100);
    errno = 0;
    expect(reallocarray(block, huge, 16) == NULL && errno == ENOMEM, "reallocarray checks");
    expect(realloc(block, huge) == NULL && block[99] == 9, "what can't grow stays");
    errno = 0;
    expect(posix_memalign(&aligned, 64, huge) == ENOMEM && errno == ENOMEM, "posix_memalign: ENOMEM");
    errno = 0;
    expect(memalign(64, huge) == NULL && errno == ENOMEM, "memalign: ENOMEM");
    block = reallocarray(block, 100, 3);
    expect(block != NULL && block[99] == 9, "reallocarray");
    free(block);

    /* Until there is no more: NULL and errno, and all that was had is still there. */
    enum { MOST = 8192, PIECE = 1 << 20 };
    static char *pieces[MOST];
    int had = 0;
    errno = 0;
    while (had < MOST && (pieces[had] = malloc(PIECE)) != NULL) {
        pieces[had][0] = pieces[had][PIECE - 1] = (char)had;
        had++;
    }
    expect(had > 0 && had < MOST && errno == ENOMEM, "memory ends with NULL and ENOMEM");
    for (int i = 0; i < had; i++)
        expect(pieces[i][0] == (char)i && pieces[i][PIECE - 1] == (char)i, "a piece is kept");
    for (int i = 0; i < had; i++) free(pieces[i]);
    block = malloc(PIECE);
    expect(block != NULL, "what was freed is there again");
    free(block);
    puts(wrong ? "not as it should be" : "as it should be");
    return wrong;
}
