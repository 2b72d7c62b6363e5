/* Every alignment from 16 bytes to 2 GiB, by each call that takes one. */
#define _GNU_SOURCE
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static int wrong, served;

static void look(const char *call, char *block, size_t align) {
    if (block == NULL) return; /* no room for it under a limit */
    served++;
    if ((uintptr_t)block % align != 0) {
        printf("%s(%zu) gave %p\n", call, align, (void *)block);
        wrong = 1;
    }
    block[0] = block[99] = 1;
    free(block);
}

int main(void) {
    for (int log2 = 4; log2 <= 31; log2++) {
        size_t align = (size_t)1 << log2;
        void *block = NULL;
        if (posix_memalign(&block, align, 100) == 0) look("posix_memalign", block, align);
        look("aligned_alloc", aligned_alloc(align, 100), align);
        look("memalign", memalign(align, 100), align);
    }
    look("valloc", valloc(100), 4096);
    look("pvalloc", pvalloc(100), 4096);
    printf("%d blocks, %s\n", served, wrong ? "not all aligned" : "all aligned");
    return wrong;
}
