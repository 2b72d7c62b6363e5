/* An implicit list: tags of eight bytes at both ends of a block, first fit, coalescing at once. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "memlib.h"
#include "mm.h"

#ifdef DRIVER
#define malloc mm_malloc
#define free mm_free
#define realloc mm_realloc
#define calloc mm_calloc
#endif

#define TAG_BYTES 8
#define TAGS 16
#define LEAST 32
#define CHUNK 4096

#define TAG(at) (*(uint64_t *)(at))
#define SIZE(block) (TAG((block)-TAG_BYTES) & ~(uint64_t)15)
#define IS_FREE(tag) (((tag)&1) == 0)

static char *first;

/* Writes both tags of a block. */
static void mark(char *block, uint64_t size, uint64_t allocated) {
    TAG(block - TAG_BYTES) = size | allocated;
    TAG(block + size - TAGS) = size | allocated;
}

/* Makes one free block of a free block and its free neighbours. */
static char *coalesce(char *block) {
    uint64_t size = SIZE(block);
    uint64_t next = TAG(block + size - TAG_BYTES), previous = TAG(block - TAGS);
    if (IS_FREE(next))
        size += next;
    if (IS_FREE(previous)) {
        block -= previous;
        size += previous;
    }
    mark(block, size, 0);
    return block;
}

static char *grow(uint64_t bytes) {
    char *block = mem_sbrk(bytes < CHUNK ? CHUNK : bytes);
    if (block == (void *)-1)
        return NULL;
    if (bytes < CHUNK)
        bytes = CHUNK;
    TAG(block + bytes - TAG_BYTES) = 1;
    mark(block, bytes, 0);
    return coalesce(block);
}

bool mm_init(void) {
    char *start = mem_sbrk(32);
    if (start == (void *)-1)
        return false;
    mark(start + 16, TAGS, 1);
    TAG(start + 24) = 1;
    first = start + 32;
    return grow(CHUNK) != NULL;
}

static char *find(uint64_t bytes) {
    for (char *block = first; SIZE(block) > 0; block += SIZE(block))
        if (IS_FREE(TAG(block - TAG_BYTES)) && SIZE(block) >= bytes)
            return block;
    return grow(bytes);
}

void *malloc(size_t size) {
    if (size == 0 || size > INT32_MAX - CHUNK)
        return NULL;
    uint64_t bytes = ((uint64_t)size + TAGS + 15) & ~(uint64_t)15;
    if (bytes < LEAST)
        bytes = LEAST;
    char *block = find(bytes);
    if (block == NULL)
        return NULL;
    uint64_t rest = SIZE(block) - bytes;
    if (rest >= LEAST)
        mark(block + bytes, rest, 0);
    else
        bytes += rest;
    mark(block, bytes, 1);
    return block;
}

void free(void *payload) {
    char *block = payload;
    if (block == NULL)
        return;
    mark(block, SIZE(block), 0);
    coalesce(block);
}

void *realloc(void *payload, size_t size) {
    if (payload == NULL)
        return malloc(size);
    if (size == 0) {
        free(payload);
        return NULL;
    }
    void *moved = malloc(size);
    if (moved == NULL)
        return NULL;
    uint64_t old = SIZE((char *)payload) - TAGS;
    memcpy(moved, payload, old < size ? old : size);
    free(payload);
    return moved;
}

void *calloc(size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size)
        return NULL;
    void *payload = malloc(count * size);
    if (payload != NULL)
        memset(payload, 0, count * size);
    return payload;
}
