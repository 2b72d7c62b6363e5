/* An implicit list: tags of four bytes at both ends of a block, first fit, coalescing at once. */
#include <stdint.h>
#include <string.h>

#include "memlib.h"
#include "mm.h"

team_t team = {"reference", "", "", "", ""};

#define TAGS 8
#define LEAST 16
#define CHUNK 4096

#define TAG(at) (*(uint32_t *)(at))
#define SIZE(block) (TAG((block)-4) & ~7u)
#define IS_FREE(tag) (((tag)&1) == 0)

static char *first;

/* Writes both tags of a block. */
static void mark(char *block, uint32_t size, uint32_t allocated) {
    TAG(block - 4) = size | allocated;
    TAG(block + size - TAGS) = size | allocated;
}

/* Makes one free block of a free block and its free neighbours. */
static char *coalesce(char *block) {
    uint32_t size = SIZE(block);
    uint32_t next = TAG(block + size - 4), previous = TAG(block - TAGS);
    if (IS_FREE(next))
        size += next;
    if (IS_FREE(previous)) {
        block -= previous;
        size += previous;
    }
    mark(block, size, 0);
    return block;
}

static char *grow(uint32_t bytes) {
    char *block = mem_sbrk(bytes < CHUNK ? CHUNK : bytes);
    if (block == (void *)-1)
        return NULL;
    if (bytes < CHUNK)
        bytes = CHUNK;
    TAG(block + bytes - 4) = 1;
    mark(block, bytes, 0);
    return coalesce(block);
}

int mm_init(void) {
    char *start = mem_sbrk(16);
    if (start == (void *)-1)
        return -1;
    mark(start + 8, TAGS, 1);
    TAG(start + 12) = 1;
    first = start + 16;
    return grow(CHUNK) ? 0 : -1;
}

static char *find(uint32_t bytes) {
    for (char *block = first; SIZE(block) > 0; block += SIZE(block))
        if (IS_FREE(TAG(block - 4)) && SIZE(block) >= bytes)
            return block;
    return grow(bytes);
}

void *mm_malloc(size_t size) {
    if (size == 0 || size > INT32_MAX - CHUNK)
        return NULL;
    uint32_t bytes = ((uint32_t)size + TAGS + 7) & ~7u;
    if (bytes < LEAST)
        bytes = LEAST;
    char *block = find(bytes);
    if (block == NULL)
        return NULL;
    uint32_t rest = SIZE(block) - bytes;
    if (rest >= LEAST)
        mark(block + bytes, rest, 0);
    else
        bytes += rest;
    mark(block, bytes, 1);
    return block;
}

void mm_free(void *payload) {
    char *block = payload;
    if (block == NULL)
        return;
    mark(block, SIZE(block), 0);
    coalesce(block);
}

void *mm_realloc(void *payload, size_t size) {
    if (payload == NULL)
        return mm_malloc(size);
    if (size == 0) {
        mm_free(payload);
        return NULL;
    }
    void *moved = mm_malloc(size);
    if (moved == NULL)
        return NULL;
    uint32_t old = SIZE((char *)payload) - TAGS;
    memcpy(moved, payload, old < size ? old : size);
    mm_free(payload);
    return moved;
}
