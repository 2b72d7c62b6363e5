/* Ends its process in the third request, in a way that -DEND chooses. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "memlib.h"
#include "mm.h"

#define EXIT exit(3)
#define FORK fork()
#define OPEN fopen("never-made.txt", "w")
#define NULL_STORE (*(volatile int *)NULL = 1)
#define ASSERT assert(requests < 3)
#define DIVIDE (requests /= requests - 3)
#define LIBRARY return malloc(size)

static int requests;

int mm_init(void) { return requests; }

void *mm_malloc(size_t size) {
    requests++;
    if (requests == 3)
        END;
    return mem_sbrk((size + 15) & ~15);
}

void mm_free(void *ptr) {}

void *mm_realloc(void *ptr, size_t size) { return mm_malloc(size); }
